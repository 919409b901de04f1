package sandbox

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The filter of system calls is a program of the kernel's packet filter (seccomp(2)). It
// sees the call's number and its arguments as numbers, not what they point to.

// Places of struct seccomp_data, on machines whose low words come first.
const (
	atNumber       = 0
	atArchitecture = 4
	atArguments    = 16
)

func lowWord(argument int) uint32  { return uint32(atArguments + 8*argument) }
func highWord(argument int) uint32 { return lowWord(argument) + 4 }

func statement(code uint16, k uint32) unix.SockFilter { return unix.SockFilter{Code: code, K: k} }

func load(at uint32) unix.SockFilter {
	return statement(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, at)
}

func answer(action uint32) unix.SockFilter { return statement(unix.BPF_RET|unix.BPF_K, action) }

// jump skips so many statements if the test holds, so many if not.
func jump(test uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jt: yes, Jf: no, K: k}
}

const (
	allow = unix.SECCOMP_RET_ALLOW
	deny  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	none  = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	tell  = unix.SECCOMP_RET_USER_NOTIF
	end   = unix.SECCOMP_RET_KILL_PROCESS
)

// program returns the filter of a job. A call of another architecture ends the process:
// its numbers mean other calls.
func program(watch bool) []unix.SockFilter {
	p := []unix.SockFilter{load(atArchitecture), jump(unix.BPF_JEQ, nativeArchitecture, 1, 0), answer(end), load(atNumber)}
	if foreignNumbers != 0 {
		p = append(p, jump(unix.BPF_JGE, foreignNumbers, 0, 1), answer(end))
	}
	rule := func(number int, then ...unix.SockFilter) {
		p = append(append(p, jump(unix.BPF_JEQ, uint32(number), 0, uint8(len(then)))), then...)
	}
	for _, number := range absentCalls {
		rule(number, answer(none))
	}
	forbidden := uint32(deny)
	if watch {
		forbidden = tell
		rule(unix.SYS_CLONE, load(lowWord(0)), jump(unix.BPF_JSET, unix.CLONE_THREAD, 0, 1), answer(allow), answer(tell))
		rule(unix.SYS_CLONE3, answer(none)) // as openat2: programs then take the older call, whose flags can be seen
		rule(unix.SYS_OPENAT2, answer(none))
		rule(unix.SYS_MMAP, load(highWord(1)), jump(unix.BPF_JEQ, 0, 0, 1), answer(allow), answer(tell))
		rule(unix.SYS_MREMAP, load(highWord(2)), jump(unix.BPF_JEQ, 0, 0, 1), answer(allow), answer(tell))
		for _, number := range slices.Concat(openCalls, nameCalls, startCalls, runCalls, signalCalls) {
			rule(number, answer(tell))
		}
	}
	for _, number := range deniedCalls {
		rule(number, answer(forbidden))
	}
	return append(p, answer(allow))
}

// absentCalls are answered as by a kernel that has them not: libraries try them by right.
var absentCalls = []int{unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL}

// signalCalls send signals; their first argument is a process, of tkill a thread.
var signalCalls = []int{unix.SYS_KILL, unix.SYS_TGKILL, unix.SYS_TKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO}

// deniedCalls are those of no compiler and of no design: the network, other processes, the
// machine.
var deniedCalls = []int{
	unix.SYS_SOCKET, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV,
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
	unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_SETNS,
	unix.SYS_UNSHARE, unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_FSOPEN, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_KEXEC_LOAD, unix.SYS_INIT_MODULE,
	unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_REBOOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_SETTIMEOFDAY,
	unix.SYS_CLOCK_SETTIME, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_SYSLOG, unix.SYS_QUOTACTL,
}

// install puts the filter into this thread, which becomes the program. It returns the descriptor
// on which the supervisor receives calls, -1 if there is none.
func install(j *job) (int, error) {
	if !j.Filter {
		return -1, nil
	}
	p := program(j.Watch)
	prog := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	flags := unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW // without it, programs run slower for no gain here
	if j.Watch {
		flags |= unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
	}
	fd, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, uintptr(flags), uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return -1, fmt.Errorf("filtering system calls: %w", errno)
	}
	if !j.Watch {
		return -1, nil
	}
	return int(fd), nil
}

// filterFile returns the descriptor of a file with the filter of a tool, which bubblewrap reads.
func filterFile() (int, error) {
	var data []byte
	for _, s := range program(false) {
		data = binary.NativeEndian.AppendUint16(data, s.Code)
		data = binary.NativeEndian.AppendUint32(append(data, s.Jt, s.Jf), s.K)
	}
	fd, err := unix.MemfdCreate("filter", unix.MFD_CLOEXEC)
	if err != nil {
		return -1, err
	}
	if _, err := unix.Pwrite(fd, data, 0); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// execve becomes a program, without a look at anything: the filter is in place.
func execve(path *byte, args, env []*byte) error {
	_, _, errno := unix.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&args[0])), uintptr(unsafe.Pointer(&env[0])))
	return errno
}
