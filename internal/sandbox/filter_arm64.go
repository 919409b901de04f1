package sandbox

import "golang.org/x/sys/unix"

const (
	nativeArchitecture = unix.AUDIT_ARCH_AARCH64
	foreignNumbers     = 0
)

// openCalls open files.
var openCalls = []int{unix.SYS_OPENAT}

// nameCalls change names and properties of files.
var nameCalls = []int{
	unix.SYS_UNLINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_MKDIRAT, unix.SYS_LINKAT, unix.SYS_SYMLINKAT, unix.SYS_FCHMODAT,
	unix.SYS_FCHOWNAT, unix.SYS_MKNODAT, unix.SYS_TRUNCATE, unix.SYS_UTIMENSAT, unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_REMOVEXATTR,
	unix.SYS_LREMOVEXATTR,
}

// startCalls start processes; clone is looked at by its flags.
var startCalls []int

// runCalls become other programs.
var runCalls = []int{unix.SYS_EXECVE, unix.SYS_EXECVEAT}

// pathArgument tells which argument of a call is a path, and which the folder that it is
// relative to; -1 for the current one.
func pathArgument(number int) (path, folder int) {
	switch number {
	case unix.SYS_SYMLINKAT:
		return 2, 1
	case unix.SYS_TRUNCATE, unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR, unix.SYS_EXECVE:
		return 0, -1
	}
	return 1, 0
}

// openFlags returns the flags of a call that opens.
func openFlags(_ int, args [6]uint64) int { return int(args[2]) }

// oldNames are the names of calls that this architecture does not have.
var oldNames map[int]string
