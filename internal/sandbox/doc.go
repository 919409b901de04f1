// Package sandbox runs other people's programs: tools that read a design, and designs
// that were compiled to programs.
//
// What runs sees the system's programs and libraries, the folders that it was granted
// and nothing else of the file system; it writes to its own folders and to a private
// TMPDIR, which is removed; it has no network, no privileges and a short environment;
// it is ended with all its descendants when it ends, when it takes more memory, processor
// time or output than its limits say, or when the program that started it is gone. Of a
// design, system calls are watched as well: what it has no business with ends it, and the
// error says what that was.
//
// Three engines do this, the first that works is taken (engine.go): bubblewrap, Landlock,
// or none, which leaves the limits, the end of all descendants and the watched system calls.
//
// # How a program is started
//
// Nothing is installed: the program that imports this package starts itself again, under
// other names (reexec.go).
//
//	Command       in the program that wants something run
//	└ supervisor  parent of all that runs, in a process group of its own: limits, the
//	  │           watch of system calls, the end (supervisor.go)
//	  └ bwrap     where that is the engine
//	    └ stage   resource limits, Landlock, the filter of system calls; then it becomes
//	              the program (stage.go)
//
// It is no protection against an attack on the kernel, and none against what a design may
// do by right: give wrong products.
//
// Start reading at Command.
package sandbox
