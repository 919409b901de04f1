package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// Engine keeps programs apart from the rest of the machine.
type Engine string

// The engines, best first.
const (
	Bubblewrap Engine = "bubblewrap"
	Landlock   Engine = "landlock"
	None       Engine = "none"
)

const engineVariable = "APPROXTRAIN_SANDBOX"

// chosen is the engine of this machine, with its version, and why there is no better one.
type chosen struct {
	engine  Engine
	bwrap   string // path
	version string
	why     string
	filters bool // the kernel filters system calls,
	watches bool // and tells of them
}

// engine is that of this machine; tests take others.
var engine = sync.OnceValues(func() (chosen, error) {
	c, err := keepsApart()
	c.filters, c.watches = systemCalls()
	return c, err
})

// keepsApart finds the engine.
func keepsApart() (chosen, error) {
	wanted := Engine(os.Getenv(engineVariable))
	var why []string
	switch wanted {
	case "", Bubblewrap, Landlock:
	case None:
		return chosen{engine: None, why: engineVariable + "=none"}, nil
	default:
		return chosen{}, fault.Usagef("%s=%q: expected bubblewrap, landlock or none", engineVariable, wanted)
	}
	if wanted != Landlock {
		c, err := bubblewrap()
		if err == nil {
			return c, nil
		}
		why = append(why, err.Error())
	}
	if wanted != Bubblewrap {
		c, err := landlocked()
		if err == nil {
			return c, nil
		}
		why = append(why, err.Error())
	}
	text := strings.Join(why, "; ")
	if wanted != "" {
		return chosen{}, fault.Missingf("%s=%s: %s", engineVariable, wanted, text)
	}
	return chosen{engine: None, why: text}, nil
}

// systemCalls asks the kernel for the filter of system calls, and whether a watch can receive
// calls and let them continue: Linux 5.5 and later can, unless a container forbids it.
func systemCalls() (filters, watches bool) {
	has := func(action uint32) bool {
		_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
		return errno == 0
	}
	filters = has(unix.SECCOMP_RET_ERRNO)
	var name unix.Utsname
	var major, minor int
	if unix.Uname(&name) != nil {
		return filters, false
	}
	if n, _ := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &major, &minor); n != 2 {
		return filters, false
	}
	return filters, filters && has(unix.SECCOMP_RET_USER_NOTIF) && (major > 5 || major == 5 && minor >= 5)
}

// bubblewrap finds bwrap and tries it: many machines forbid the name spaces that it needs.
func bubblewrap() (c chosen, err error) {
	path, err := exec.LookPath("bwrap")
	if err != nil {
		return c, fmt.Errorf("bubblewrap is not installed (apt-get install bubblewrap)")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return c, fmt.Errorf("bubblewrap does not run: %w", err)
	}
	c = chosen{engine: Bubblewrap, bwrap: path, version: strings.TrimSpace(string(version))}
	args := append(bwrapArguments(&job{Dir: "/", Read: systemFolders}), "--", "/bin/true")
	if out, err := exec.CommandContext(ctx, path, args...).CombinedOutput(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return c, fmt.Errorf("bubblewrap does not work here (%v: %s)", err, first)
	}
	return c, nil
}

// landlocked asks the kernel for Landlock.
func landlocked() (c chosen, err error) {
	const versionFlag = 1
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, versionFlag)
	if errno != 0 {
		return c, fmt.Errorf("this kernel has no Landlock (%w)", errno)
	}
	return chosen{engine: Landlock, version: fmt.Sprintf("Landlock ABI %d", abi)}, nil
}

// Summary says, for people, what keeps a design apart from the rest of the machine:
// "bubblewrap 0.8.0", or "none" and why.
func Summary(trusted bool) string {
	c, err := engine()
	switch {
	case trusted:
		return fmt.Sprintf("none (%v)", option.Trust)
	case err != nil:
		return err.Error()
	}
	text := c.version
	if c.engine == None {
		text = "none: a design can read what you can (" + c.why + ")"
	}
	if !c.watches {
		text += "; this kernel does not tell of system calls, so none is named"
	}
	return text
}
