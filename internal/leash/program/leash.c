// SPDX-License-Identifier: Apache-2.0
//
// leash FD PROGRAM ARGUMENTS… runs a program and ends as it does, after it has killed every
// process that the program left behind, whatever session or process group that is in. It is
// the subreaper of its descendants: a process whose parent ends becomes a child of this one.
// FD is the end of a pipe; when the other end is closed, the program is killed. This is C and
// C++, since no more than a model's compiler may be there. leash.go starts it.

#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Seconds that killing takes at most: a process of another user cannot be killed.
enum { patience = 5 };

static pid_t program;
static int status, ended;

// reap takes what has ended; it returns 0 when no child is left.
static int reap(void) {
    for (;;) {
        int s;
        const pid_t pid = waitpid(-1, &s, WNOHANG);
        if (pid == 0) return 1;
        if (pid < 0) return errno != ECHILD;
        if (pid == program) {
            status = s;
            ended = 1;
        }
    }
}

// parent_of returns the parent of a process, 0 if it is gone.
static pid_t parent_of(const char *pid) {
    char path[64], line[512];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    const size_t n = fread(line, 1, sizeof line - 1, f);
    fclose(f);
    line[n] = 0;
    const char *name = strrchr(line, ')'); // of the program, which may hold anything
    if (name) sscanf(name + 1, " %*c %d", &parent);
    return parent;
}

static void kill_children(void) {
    const pid_t self = getpid();
    DIR *d = opendir("/proc");
    if (!d) {
        kill(-self, SIGTERM); // blocked here
        if (!ended) kill(program, SIGKILL);
        return;
    }
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && parent_of(e->d_name) == self) kill(atoi(e->d_name), SIGKILL);
    closedir(d);
}

// clean kills all descendants. Those of a child that is killed become children in turn.
static void clean(void) {
    const time_t begun = time(0);
    while (reap() && time(0) - begun <= patience) {
        kill_children();
        usleep(500);
    }
}

// leave ends this process as the program has ended.
static int leave(void) {
    if (!ended) return 137;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(WTERMSIG(status), SIG_DFL);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, 0);
    raise(WTERMSIG(status));
    return 128 + WTERMSIG(status);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    const int lifeline = atoi(argv[1]);
    const pid_t self = getpid();
    sigset_t watched, before;
    sigemptyset(&watched);
    const int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&watched, signals[i]);
    sigprocmask(SIG_BLOCK, &watched, &before);
    const int events = signalfd(-1, &watched, SFD_CLOEXEC);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 || events < 0 || (program = fork()) < 0) {
        perror("leash");
        return 126;
    }
    if (program == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (getppid() != self) _exit(126);
        close(lifeline);
        sigprocmask(SIG_SETMASK, &before, 0);
        execv(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    // What the program inherits is not held open here.
    for (int fd = 3; fd < 64; fd++)
        if (fd != lifeline && fd != events) close(fd);
    struct pollfd both[2];
    memset(both, 0, sizeof both);
    both[0].fd = events;
    both[1].fd = lifeline;
    both[0].events = both[1].events = POLLIN;
    while (!ended) {
        if (poll(both, 2, -1) < 0) continue;
        if (both[1].revents) break;
        struct signalfd_siginfo info;
        if (read(events, &info, sizeof info) == (ssize_t)sizeof info && info.ssi_signo != SIGCHLD) break;
        reap();
    }
    clean();
    return leave();
}
