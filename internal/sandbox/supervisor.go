package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"
)

// supervisor is the parent of a program and of all its descendants: the kernel gives it
// those whose parents have ended.
type supervisor struct {
	job     job
	control *os.File
	child   int           // what it started
	ended   chan struct{} // closed when the child has ended
	status  syscall.WaitStatus
	empty   chan struct{} // closed when no descendant is left
	cut     chan struct{} // the other side wants an end
	forbid  chan string   // what the program tried
	exceeds chan string   // what it tried to take
	failed  chan string   // why the stage could not become the program
	heard   chan struct{} // closed when the stage says nothing more, or there is none
}

// supervise is the main function of the supervisor. Its argument is the number of the
// descriptor that leads to the other side.
func supervise() error {
	runtime.LockOSThread() // the child is killed when the thread that started it ends
	fd, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	unix.CloseOnExec(fd)
	s := &supervisor{
		control: os.NewFile(uintptr(fd), "control"), ended: make(chan struct{}), empty: make(chan struct{}),
		cut: make(chan struct{}), forbid: make(chan string, 1), exceeds: make(chan string, 1), failed: make(chan string, 1), heard: make(chan struct{}),
	}
	if err := receive(s.control, &s.job); err != nil {
		return fmt.Errorf("reading what to run: %w", err)
	}
	r := s.run()
	return send(s.control, r)
}

func (s *supervisor) run() (r report) {
	if err := errors.Join(unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)); err != nil {
		return report{Failed: "becoming the parent of all descendants: " + err.Error()}
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	go func() { // the other side writes nothing more: this is its end
		io.Copy(io.Discard, s.control)
		close(s.cut)
	}()
	if err := s.start(); err != nil {
		return report{Failed: err.Error()}
	}
	go s.reap()
	begun := time.Now()
	wait, looks := 20*time.Millisecond, 1
	for running := true; running; {
		select {
		case <-s.ended:
			running = false
		case r.Forbid = <-s.forbid:
			running = false
		case r.Exceeded = <-s.exceeds:
			running = false
		case r.Failed = <-s.failed:
			running = false
		case <-s.cut:
			running = false
		case <-signals:
			running = false
		case <-time.After(wait):
			before := time.Now()
			young := time.Since(begun) < time.Second
			all := s.relatives()
			if len(all) == 0 || looks%50 == 0 || young && looks%10 == 0 { // what a list of children left out
				all = descendants()
			}
			looks++
			if r.Exceeded = s.exceeded(all); r.Exceeded != "" {
				running = false
			}
			least, cost := 20*time.Millisecond, 30*time.Since(before)
			if !young {
				least = 100 * time.Millisecond
			} else {
				cost = min(cost, 100*time.Millisecond)
			}
			wait = max(least, cost)
		}
	}
	s.clean()
	select { // it has ended; what it said is on its way
	case <-s.heard:
	case <-time.After(time.Second):
	}
	select { // what it was ended for, if both are so
	case r.Forbid = <-s.forbid:
	case r.Exceeded = <-s.exceeds:
	case r.Failed = <-s.failed:
	default:
	}
	select {
	case <-s.ended:
		s.describe(&r)
	default:
		r.Signal = syscall.SIGKILL
	}
	return r
}

// start starts the program by way of the stage, or of bubblewrap alone where that can do all that the stage would.
func (s *supervisor) start() error {
	if s.job.staged() {
		return s.startStage()
	}
	// The supervisor has the program's limits too, and hands them down. It takes next to nothing itself.
	if err := errors.Join(limit(s.job.Limits), deepStack()); err != nil {
		return err
	}
	if err := unix.Access(s.job.Path, unix.X_OK); err != nil { // bubblewrap's message goes to the program's output
		return fmt.Errorf("%s: %w", s.job.Path, err)
	}
	files, args := s.files(), bwrapArguments(&s.job)
	if s.job.Filter {
		filter, err := filterFile()
		if err != nil {
			return fmt.Errorf("filtering system calls: %w", err)
		}
		defer unix.Close(filter)
		args = append(args, "--seccomp", strconv.Itoa(len(files)))
		files = append(files, uintptr(filter))
	}
	args = append(append(args, "--", s.job.Path), s.job.Args...)
	close(s.heard)
	return s.fork(s.job.Bwrap, args, &syscall.ProcAttr{Files: files})
}

// startStage starts the stage, in bubblewrap where that is the engine.
func (s *supervisor) startStage() error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("making a pair of sockets: %w", err)
	}
	defer unix.Close(pair[1])
	// The stage is this program, by a descriptor: its file may not be seen in the sandbox.
	self, err := unix.Open(selfPath, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		unix.Close(pair[0])
		return fmt.Errorf("opening this program: %w", err)
	}
	defer unix.Close(self)
	files := s.files()
	stageSocket := len(files)
	path := descriptorPath + strconv.Itoa(stageSocket+1)
	args := []string{stageName, strconv.Itoa(stageSocket)}
	attr := &syscall.ProcAttr{Files: append(files, uintptr(pair[1]), uintptr(self))}
	if s.job.Engine == Bubblewrap {
		args = append(append(bwrapArguments(&s.job), "--", path), args...)
		path = s.job.Bwrap
	} else {
		attr.Dir = s.job.Dir
	}
	if err := s.fork(path, args, attr); err != nil {
		unix.Close(pair[0])
		return err
	}
	go s.talk(os.NewFile(uintptr(pair[0]), "stage"))
	return nil
}

// files returns the program's descriptors.
func (s *supervisor) files() (files []uintptr) {
	for fd := range s.job.Files {
		files = append(files, uintptr(fd))
	}
	return files
}

// fork starts the child.
func (s *supervisor) fork(path string, args []string, attr *syscall.ProcAttr) (err error) {
	attr.Env, attr.Sys = os.Environ(), &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: s.job.Engine != Bubblewrap}
	if s.child, err = syscall.ForkExec(path, append([]string{path}, args...), attr); err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	return nil
}

// reap takes all that ends.
func (s *supervisor) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil: // there is none
			close(s.empty)
			return
		case pid == s.child:
			s.status = status
			close(s.ended)
		}
	}
}

// clean kills all descendants. Those of one that is killed become children in turn.
func (s *supervisor) clean() {
	select {
	case <-s.ended: // most often, and it was the last one
		select {
		case <-s.empty:
			return
		case <-time.After(5 * time.Millisecond):
		}
	default:
	}
	const most = 5 * time.Second // one of another user cannot be killed
	for deadline := time.Now().Add(most); time.Now().Before(deadline); {
		for _, p := range descendants() {
			unix.Kill(p.pid, unix.SIGKILL)
		}
		select {
		case <-s.empty:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// describe says how the child ended. Bubblewrap ends with a status above 128 for a signal.
func (s *supervisor) describe(r *report) {
	switch {
	case s.status.Signaled():
		r.Signal = s.status.Signal()
	case s.job.Engine == Bubblewrap && s.status.ExitStatus() > 128 && s.status.ExitStatus() <= 128+31:
		r.Signal = syscall.Signal(s.status.ExitStatus() - 128)
	default:
		r.Exited, r.Status = true, s.status.ExitStatus()
	}
	switch r.Signal {
	case syscall.SIGXFSZ:
		r.Exceeded = "writes a file of more than " + size(fileSize)
	case syscall.SIGXCPU:
		r.Exceeded = processorText(s.job.Limits)
	case syscall.SIGKILL:
		// Of the kernel, where the program ignores SIGXCPU and no look at its processor time came
		// before; else of the supervisor, which knows why.
		if r.Exceeded == "" && r.Forbid == "" && r.Failed == "" {
			r.Exceeded = s.exceeded(descendants())
		}
	}
}

// relatives returns the descendants. In bubblewrap all are below the child: one whose parent has ended is then a child
// of the first process there.
func (s *supervisor) relatives() []process {
	if s.job.Engine == Bubblewrap {
		return relatives(s.child)
	}
	return relatives(children(os.Getpid())...)
}

// exceeded says which limit all descendants together are over.
func (s *supervisor) exceeded(all []process) string {
	var memory uint64
	var processor time.Duration
	for _, p := range all {
		memory += p.memory
		processor += p.processor
	}
	var ended syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &ended) == nil {
		processor += time.Duration(ended.Utime.Nano() + ended.Stime.Nano())
	}
	l := s.job.Limits
	switch {
	case l.Memory != 0 && memory > l.Memory:
		return fmt.Sprintf("takes more than %s of memory (%s sets the limit)", size(l.Memory), memoryVariable)
	case l.Processor != 0 && processor > l.Processor:
		return processorText(l)
	case l.Processes != 0 && len(all) > l.Processes:
		return fmt.Sprintf("starts more than %d processes", l.Processes)
	}
	return ""
}

func processorText(l Limits) string {
	return fmt.Sprintf("takes more than %v of processor time (%s sets the limit)", l.Processor, processorVariable)
}

func size(n uint64) string { return humanize.IBytes(n) }
