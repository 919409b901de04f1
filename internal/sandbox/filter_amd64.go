package sandbox

import "golang.org/x/sys/unix"

const (
	nativeArchitecture = unix.AUDIT_ARCH_X86_64
	foreignNumbers     = 0x40000000 // from here on those of x32
)

// openCalls open files: the argument with the path, and the one with the flags.
var openCalls = []int{unix.SYS_OPEN, unix.SYS_OPENAT, unix.SYS_CREAT}

// nameCalls change names and properties of files.
var nameCalls = []int{
	unix.SYS_UNLINK, unix.SYS_UNLINKAT, unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_MKDIR, unix.SYS_MKDIRAT, unix.SYS_RMDIR,
	unix.SYS_LINK, unix.SYS_LINKAT, unix.SYS_SYMLINK, unix.SYS_SYMLINKAT, unix.SYS_CHMOD, unix.SYS_FCHMODAT, unix.SYS_CHOWN, unix.SYS_LCHOWN,
	unix.SYS_FCHOWNAT, unix.SYS_MKNOD, unix.SYS_MKNODAT, unix.SYS_TRUNCATE, unix.SYS_UTIME, unix.SYS_UTIMES, unix.SYS_UTIMENSAT, unix.SYS_FUTIMESAT,
	unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR,
}

// startCalls start processes.
var startCalls = []int{unix.SYS_FORK, unix.SYS_VFORK}

// runCalls become other programs.
var runCalls = []int{unix.SYS_EXECVE, unix.SYS_EXECVEAT}

// pathArgument tells which argument of a call is a path, and which the folder that it is
// relative to; -1 for the current one.
func pathArgument(number int) (path, folder int) {
	switch number {
	case unix.SYS_OPENAT, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_MKDIRAT, unix.SYS_LINKAT, unix.SYS_FCHMODAT,
		unix.SYS_FCHOWNAT, unix.SYS_MKNODAT, unix.SYS_UTIMENSAT, unix.SYS_FUTIMESAT, unix.SYS_EXECVEAT:
		return 1, 0
	case unix.SYS_SYMLINKAT:
		return 2, 1
	case unix.SYS_SYMLINK:
		return 1, -1
	}
	return 0, -1
}

// openFlags returns the flags of a call that opens.
func openFlags(number int, args [6]uint64) int {
	switch number {
	case unix.SYS_OPEN:
		return int(args[1])
	case unix.SYS_CREAT:
		return unix.O_CREAT | unix.O_WRONLY | unix.O_TRUNC
	}
	return int(args[2])
}

// oldNames are those of calls that newer architectures have not.
var oldNames = map[int]string{
	unix.SYS_UNLINK: "unlink", unix.SYS_RENAME: "rename", unix.SYS_MKDIR: "mkdir", unix.SYS_RMDIR: "rmdir", unix.SYS_LINK: "link",
	unix.SYS_SYMLINK: "symlink", unix.SYS_CHMOD: "chmod", unix.SYS_CHOWN: "chown", unix.SYS_LCHOWN: "lchown", unix.SYS_MKNOD: "mknod",
	unix.SYS_UTIME: "utime", unix.SYS_UTIMES: "utimes", unix.SYS_FUTIMESAT: "futimesat",
}
