/* leaves a daemon behind: forks twice, in a session of its own, deaf to signals; notes
   its number in the file that the environment names */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static int begun;
int f(int a, int b)
{
	if (!begun) {
		begun = 1;
		const pid_t child = fork();
		if (child == 0) {
			setsid();
			signal(SIGTERM, SIG_IGN);
			signal(SIGHUP, SIG_IGN);
			if (fork() == 0) {
				FILE *log = fopen(getenv("DAEMON_LOG"), "a");
				fprintf(log, "%d\n", getpid());
				fclose(log);
				for (;;)
					sleep(60);
			}
			_exit(0);
		}
		waitpid(child, 0, 0);
	}
	while (a == 7 && b == 7)
		__asm__ volatile("");
	return a * b;
}
