package sandbox

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// The watch hears of the system calls of a design before they are made. It names what is
// forbidden; that it cannot be done is the engine's part, since another thread may change a
// path after the watch has read it. Without an engine the watch is all there is.

// notification is struct seccomp_notif.
type notification struct {
	ID    uint64
	PID   uint32
	Flags uint32
	Data  struct {
		Number       int32
		Architecture uint32
		IP           uint64
		Arguments    [6]uint64
	}
}

// response is struct seccomp_notif_resp.
type response struct {
	ID    uint64
	Value int64
	Error int32
	Flags uint32
}

// The requests of ioctl for them: their direction, size, kind and number, which is 0 and 1.
const (
	receiveRequest = 3<<30 | uintptr(unsafe.Sizeof(notification{}))<<16 | '!'<<8
	sendRequest    = 3<<30 | uintptr(unsafe.Sizeof(response{}))<<16 | '!'<<8 | 1
	waitsRequest   = 2<<30 | unsafe.Sizeof(uint64(0))<<16 | '!'<<8 | 2 // old kernels take no other direction
	goOn           = 1                                                 // SECCOMP_USER_NOTIF_FLAG_CONTINUE
)

// talk hands the job to the stage and hears from it.
func (s *supervisor) talk(socket *os.File) {
	more := false
	defer func() {
		if !more {
			close(s.heard)
		}
	}()
	if err := send(socket, &s.job); err != nil {
		return // it has ended
	}
	head, rights := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	n, m, _, _, err := unix.Recvmsg(int(socket.Fd()), head, rights, unix.MSG_CMSG_CLOEXEC)
	if err != nil || n == 0 { // it became the program
		return
	}
	if head[0] == stageFailed {
		text, _ := io.ReadAll(io.LimitReader(socket, 4096))
		s.failed <- string(text)
		return
	}
	messages, err := unix.ParseSocketControlMessage(rights[:m])
	if err != nil || len(messages) != 1 {
		s.failed <- "the watch of system calls was not handed over"
		return
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		s.failed <- "the watch of system calls was not handed over"
		return
	}
	more = true
	go func() { // what goes wrong when it becomes the program
		defer close(s.heard)
		if _, err := io.ReadFull(socket, head); err == nil && head[0] == stageFailed {
			text, _ := io.ReadAll(io.LimitReader(socket, 4096))
			s.failed <- string(text)
		}
	}()
	s.watch(fds[0], func() bool { return ended(socket) })
}

// ended says whether the other end of the stage's socket is closed. It closes when the stage becomes the program, before
// that makes its first call.
func ended(socket *os.File) bool {
	c, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	var n int
	var peeked error
	err = c.Control(func(fd uintptr) {
		n, _, peeked = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return err != nil || peeked != unix.EAGAIN && n <= 0
}

// watch answers calls until one is forbidden. begun says whether the stage has become the program.
func (s *supervisor) watch(fd int, begun func() bool) {
	started := false
	for {
		var n notification
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), receiveRequest, uintptr(unsafe.Pointer(&n))); errno != 0 {
			if errno == unix.EINTR || errno == unix.ENOENT && moreCalls(fd) { // the caller was killed
				continue
			}
			return
		}
		if what := s.tooMuch(&n); what != "" {
			s.exceeds <- what
			return
		}
		// The stage's execve comes again, though it was answered, if a signal came meanwhile: those of Go's
		// scheduler come when the processors are busy.
		if what := s.judge(&n, started && begun()); what != "" {
			if !waits(fd, n.ID) {
				continue
			}
			s.forbid <- what
			return
		}
		r := response{ID: n.ID, Flags: goOn}
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), sendRequest, uintptr(unsafe.Pointer(&r)))
		// A call that a signal interrupts is not made but comes again.
		if errno == 0 && slices.Contains(runCalls, int(n.Data.Number)) {
			started = true
		}
	}
}

// waits says whether the caller of a notification still waits for the answer. One that has ended meanwhile has not made the
// call, and what was read of it may be wrong; one that a signal interrupted will call again.
func waits(fd int, id uint64) bool {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), waitsRequest, uintptr(unsafe.Pointer(&id)))
	return errno != unix.ENOENT
}

// moreCalls waits for a call. It returns false when nobody is left who could make one: from Linux 6.11 on a watch
// then hears of calls that are gone, again and again, instead of waiting.
func moreCalls(fd int) bool {
	for {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(p, -1); err != unix.EINTR {
			return err == nil && p[0].Revents&unix.POLLIN != 0
		}
	}
}

// tooMuch says whether a call takes more memory at once than there may be.
func (s *supervisor) tooMuch(n *notification) string {
	args, limit := n.Data.Arguments, s.job.Limits.Memory
	const noReserve = 0x4000 // addresses, not memory
	var asked uint64
	switch {
	case limit == 0:
		return ""
	case n.Data.Number == unix.SYS_MMAP && args[2] != unix.PROT_NONE && args[3]&noReserve == 0:
		asked = args[1]
	case n.Data.Number == unix.SYS_MREMAP:
		asked = args[2]
	}
	if asked <= limit {
		return ""
	}
	return fmt.Sprintf("takes more than %s of memory, %s at once (%s sets the limit)", size(limit), size(asked), memoryVariable)
}

// judge returns why a call is forbidden, "" if it is allowed.
func (s *supervisor) judge(n *notification, started bool) string {
	number, args := int(n.Data.Number), n.Data.Arguments
	at, folder := pathArgument(number)
	path := func() string { return s.pathOf(n, at, folder) }
	switch {
	case slices.Contains(runCalls, number):
		if !started { // the stage becomes the program
			return ""
		}
		return "runs the program " + limits.Path(path())
	case slices.Contains(startCalls, number), number == unix.SYS_CLONE:
		return "starts a process (fork)"
	case slices.Contains(openCalls, number):
		return s.judgeOpen(path(), openFlags(number, args))
	case slices.Contains(nameCalls, number):
		if p := path(); !within(resolveParent(p), s.job.Write) {
			return fmt.Sprintf("changes %s (%s)", limits.Path(p), callName(number))
		}
	case number == unix.SYS_MMAP, number == unix.SYS_MREMAP:
	case number == unix.SYS_SOCKET:
		return "opens a socket (" + family(args[0]) + ")"
	case slices.Contains(signalCalls, number):
		if int(int32(args[0])) != innerPID(n.PID) {
			return "sends a signal to other processes (" + callName(number) + ")"
		}
	default:
		return "makes the system call " + callName(number)
	}
	return ""
}

// judgeOpen returns why opening a file is forbidden, "" if it is allowed. A program may look for a
// file that does not exist.
func (s *supervisor) judgeOpen(path string, flags int) string {
	real := resolveParent(path)
	if r, err := filepath.EvalSymlinks(path); err == nil {
		real = r
	}
	if slices.Contains(openDevices, path) || within(real, s.job.Write) {
		return ""
	}
	if flags&(unix.O_WRONLY|unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC|unix.O_APPEND) != 0 {
		return fmt.Sprintf("opens %s for writing", limits.Path(path))
	}
	if strings.HasPrefix(path, "/proc/self/") || path == "/proc" || path == "/dev" || within(real, s.job.Read) || s.ownProcess(path) {
		return ""
	}
	if _, err := os.Lstat(path); err != nil {
		return ""
	}
	if strings.HasPrefix(path, "/proc/") || strings.HasPrefix(path, "/sys/") { // of the machine: libraries count processors there
		return ""
	}
	return "opens " + limits.Path(path)
}

// ownProcess says whether a path below /proc is that of a descendant.
func (s *supervisor) ownProcess(path string) bool {
	rest, is := strings.CutPrefix(path, "/proc/")
	pid, _, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(pid)
	return is && err == nil && slices.ContainsFunc(descendants(), func(p process) bool { return p.pid == n })
}

// resolveParent resolves the links of a path's folder.
func resolveParent(path string) string {
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return filepath.Clean(path)
}

// pathOf reads the path among a call's arguments, absolute.
func (s *supervisor) pathOf(n *notification, at, folder int) string {
	p, err := readString(n.PID, n.Data.Arguments[at])
	if err != nil {
		return fmt.Sprintf("a file (%v)", err)
	}
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	link := fmt.Sprintf("/proc/%d/cwd", n.PID)
	if folder >= 0 && int32(n.Data.Arguments[folder]) != unix.AT_FDCWD {
		link = fmt.Sprintf("/proc/%d/fd/%d", n.PID, int32(n.Data.Arguments[folder]))
	}
	dir, err := os.Readlink(link)
	if err != nil {
		return p
	}
	return filepath.Join(dir, p)
}

// readString reads a string that ends with a zero in the memory of a process.
func readString(pid uint32, at uint64) (string, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return "", errors.New("its name cannot be read")
	}
	defer f.Close()
	var out []byte
	for len(out) < unix.PathMax {
		part := make([]byte, 256-at%256) // never across a page that may not be there
		n, err := f.ReadAt(part, int64(at))
		if i := bytes.IndexByte(part[:n], 0); i >= 0 {
			return string(append(out, part[:i]...)), nil
		}
		if err != nil {
			return "", errors.New("its name cannot be read")
		}
		out, at = append(out, part[:n]...), at+uint64(n)
	}
	return string(out), nil
}

// innerPID returns the number that the process of a thread has for itself.
func innerPID(thread uint32) int {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", thread))
	for line := range strings.Lines(string(data)) {
		if rest, is := strings.CutPrefix(line, "NStgid:"); is {
			f := strings.Fields(rest)
			n, _ := strconv.Atoi(f[len(f)-1])
			return n
		}
	}
	return int(thread)
}

func family(n uint64) string {
	switch n {
	case unix.AF_UNIX:
		return "AF_UNIX"
	case unix.AF_INET:
		return "AF_INET"
	case unix.AF_INET6:
		return "AF_INET6"
	case unix.AF_NETLINK:
		return "AF_NETLINK"
	}
	return fmt.Sprintf("address family %d", n)
}

// callName names a call for people.
func callName(number int) string {
	if name := cmp.Or(names[number], oldNames[number]); name != "" {
		return name
	}
	return "number " + strconv.Itoa(number)
}

var names = map[int]string{
	unix.SYS_KILL: "kill", unix.SYS_TKILL: "tkill", unix.SYS_TGKILL: "tgkill", unix.SYS_RT_SIGQUEUEINFO: "rt_sigqueueinfo",
	unix.SYS_RT_TGSIGQUEUEINFO: "rt_tgsigqueueinfo", unix.SYS_PTRACE: "ptrace", unix.SYS_PROCESS_VM_READV: "process_vm_readv", unix.SYS_PROCESS_VM_WRITEV: "process_vm_writev",
	unix.SYS_IO_URING_SETUP: "io_uring_setup", unix.SYS_BPF: "bpf", unix.SYS_PERF_EVENT_OPEN: "perf_event_open", unix.SYS_USERFAULTFD: "userfaultfd",
	unix.SYS_MOUNT: "mount", unix.SYS_UMOUNT2: "umount2", unix.SYS_CHROOT: "chroot", unix.SYS_SETNS: "setns", unix.SYS_UNSHARE: "unshare",
	unix.SYS_KEYCTL: "keyctl", unix.SYS_ADD_KEY: "add_key", unix.SYS_REQUEST_KEY: "request_key", unix.SYS_REBOOT: "reboot",
	unix.SYS_UNLINKAT: "unlinkat", unix.SYS_RENAMEAT: "renameat", unix.SYS_RENAMEAT2: "renameat2", unix.SYS_MKDIRAT: "mkdirat",
	unix.SYS_LINKAT: "linkat", unix.SYS_SYMLINKAT: "symlinkat", unix.SYS_FCHMODAT: "fchmodat", unix.SYS_FCHOWNAT: "fchownat",
	unix.SYS_MKNODAT: "mknodat", unix.SYS_TRUNCATE: "truncate", unix.SYS_UTIMENSAT: "utimensat",
}
