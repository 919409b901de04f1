package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// fileSize is the size of the largest file that a program may write.
const fileSize = 2 << 30

// The stage's message to the supervisor: a descriptor on which system calls arrive, or the reason
// why the program could not be run.
const (
	stageListens = 'L'
	stageFailed  = 'E'
)

// stage is the main function of the stage: it takes away what the program may not have,
// then becomes the program. Its argument is the number of the descriptor that leads to
// the supervisor; the next one is this program's file.
func stage() error {
	runtime.LockOSThread()
	fd, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	unix.CloseOnExec(fd)
	unix.CloseOnExec(fd + 1)
	socket := os.NewFile(uintptr(fd), "supervisor")
	var j job
	if err := receive(socket, &j); err != nil {
		return fmt.Errorf("reading what to run: %w", err)
	}
	err = become(&j, fd)
	socket.Write(append([]byte{stageFailed}, err.Error()...))
	return err
}

// become returns only an error.
func become(j *job, socket int) error {
	if err := limit(j.Limits); err != nil {
		return err
	}
	if !j.Watch {
		if err := deepStack(); err != nil {
			return err
		}
	}
	if j.Engine == Landlock {
		if err := restrict(j); err != nil {
			return fmt.Errorf("restricting it with Landlock: %w", err)
		}
	}
	path, err := syscall.BytePtrFromString(j.Path)
	if err != nil {
		return err
	}
	args, err := syscall.SlicePtrFromStrings(append([]string{j.Path}, j.Args...))
	if err != nil {
		return err
	}
	env, err := syscall.SlicePtrFromStrings(os.Environ())
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up new privileges: %w", err)
	}
	listener, err := install(j)
	if err != nil {
		return err
	}
	if listener >= 0 {
		if err := unix.Sendmsg(socket, []byte{stageListens}, unix.UnixRights(listener), nil, 0); err != nil {
			return fmt.Errorf("handing the watch to the supervisor: %w", err)
		}
	}
	return fmt.Errorf("%s: %w", strings.TrimSpace(j.Path), execve(path, args, env))
}

// limit sets the limits that the kernel keeps.
func limit(l Limits) error {
	set := map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_FSIZE: fileSize}
	if l.Processor != 0 {
		set[unix.RLIMIT_CPU] = uint64((l.Processor + time.Second - 1) / time.Second)
	}
	for what, n := range set {
		var now unix.Rlimit
		if err := unix.Getrlimit(what, &now); err != nil {
			return fmt.Errorf("asking for a limit: %w", err)
		}
		now.Cur = min(now.Cur, n)
		now.Max = now.Cur
		if what == unix.RLIMIT_CPU { // the signal of the first one says what it is
			now.Max++
		}
		if err := unix.Setrlimit(what, &now); err != nil {
			return fmt.Errorf("setting a limit: %w", err)
		}
	}
	return nil
}

// deepStack lets the stack grow as far as it may. Compilers and simulators descend into
// nested expressions by recursion, and Verilator's start script does the same for it.
func deepStack() error {
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_STACK, &now); err != nil {
		return fmt.Errorf("asking for the limit of the stack: %w", err)
	}
	now.Cur = now.Max
	if err := unix.Setrlimit(unix.RLIMIT_STACK, &now); err != nil {
		return fmt.Errorf("raising the limit of the stack: %w", err)
	}
	return nil
}

// restrict keeps this process to what the job grants, with Landlock.
func restrict(j *job) error {
	var dirs, files []string
	for _, p := range append(j.Read, "/proc") {
		st, err := os.Stat(p)
		switch {
		case err != nil: // not there
		case st.IsDir():
			dirs = append(dirs, p)
		default:
			files = append(files, p)
		}
	}
	rules := []landlock.Rule{
		landlock.RODirs(dirs...).IgnoreIfMissing(),
		landlock.ROFiles(files...).IgnoreIfMissing(),
		landlock.RWDirs(j.Write...).WithRefer(),
		landlock.RWFiles(openDevices...).IgnoreIfMissing(),
	}
	return landlock.V7.BestEffort().Restrict(rules...)
}
