// Package sandbox runs other people's programs: tools that read a design, and compiled designs.
//
// A program in the sandbox sees the system's programs and libraries, the folders that it was
// granted and nothing else of the file system. It writes to its own folders and to a private
// TMPDIR, which is removed. It has no network, no privileges and a short environment. It is
// ended with all its descendants when it ends, when it exceeds its limits of memory,
// processor time or output, or when the program that started it is gone. The sandbox also
// watches the system calls of a design: a forbidden one ends the design, and the error names
// the act.
//
// Three engines implement this; the first that works is used (engine.go): bubblewrap,
// Landlock, or none. Without an engine the limits, the end of all descendants and the watch
// on system calls remain.
//
// # How a program is started
//
// Nothing is installed: the program that imports this package starts itself again, under
// other names (reexec.go).
//
//	Command       in the program that wants something run
//	└ supervisor  parent of all that runs, in a process group of its own: limits, the
//	  │           watch of system calls, the end (supervisor.go)
//	  └ bwrap     where that is the engine; of a tool it becomes the program
//	    └ stage   resource limits, Landlock, the filter of system calls; then it becomes
//	              the program (stage.go)
//
// It does not protect against an attack on the kernel, nor against a design that gives wrong
// products.
//
// Start reading at Command.
package sandbox
