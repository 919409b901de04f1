package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// daemonTime is how long daemons of this test sleep, by which they are known.
const daemonTime = "100.0927"

// daemons counts those that are left.
func daemons() (n int) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		if line, _ := os.ReadFile(path); bytes.Contains(line, []byte(daemonTime)) {
			n++
		}
	}
	return n
}

// deeds are what the test program does when it is run in a sandbox; each returns an error
// if it could not.
var deeds = map[string]func(arg string) error{
	"nothing": func(string) error { return nil },
	"read":    func(path string) error { _, err := os.ReadFile(path); return err },
	"write":   func(path string) error { return os.WriteFile(path, []byte("x"), 0o644) },
	"remove":  os.Remove,
	"mkdir":   func(path string) error { return os.Mkdir(path, 0o755) },
	"rename":  func(path string) error { return os.Rename(path, path+".new") },
	"link":    func(path string) error { return os.Symlink("/etc/passwd", path) },
	"chmod":   func(path string) error { return os.Chmod(path, 0o777) },
	"socket": func(string) error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err == nil {
			unix.Close(fd)
		}
		return err
	},
	"dial": func(address string) error {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			c.Close()
		}
		return err
	},
	"memory": func(size string) error {
		n, err := strconv.Atoi(size)
		if err != nil {
			return err
		}
		for i, b := 0, make([]byte, n); i < n; i += 4096 {
			b[i] = 1
		}
		return nil
	},
	"pieces": func(size string) error { // of memory
		n, err := strconv.Atoi(size)
		const piece = 1 << 20
		var all [][]byte
		for ; n > 0; n -= piece {
			all = append(all, bytes.Repeat([]byte{1}, piece))
		}
		fmt.Fprint(io.Discard, len(all))
		return err
	},
	"fork": func(string) error { // children that wait
		for range 1000 {
			if err := exec.Command("/bin/sleep", "100").Start(); err != nil {
				return err
			}
		}
		return nil
	},
	"daemon": func(string) error { // in a session of its own
		c := exec.Command("/bin/sleep", daemonTime)
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		return c.Start()
	},
	"run":    func(program string) error { return syscall.Exec(program, []string{program}, nil) },
	"ptrace": func(string) error { return unix.PtraceAttach(os.Getppid()) },
	"kill":   func(string) error { return unix.Kill(os.Getppid(), syscall.SIGKILL) },
	"tgkill": func(string) error { return unix.Tgkill(os.Getppid(), os.Getppid(), syscall.SIGKILL) },
	"signal": func(n string) error {
		number, _ := strconv.Atoi(n)
		if unix.Gettid() == os.Getpid() { // by another thread than the first
			runtime.LockOSThread()
			done := make(chan bool)
			go func() {
				runtime.LockOSThread()
				unix.Kill(os.Getpid(), syscall.Signal(number))
				done <- true
			}()
			<-done
		}
		unix.Kill(os.Getpid(), syscall.Signal(number))
		time.Sleep(time.Minute)
		return nil
	},
	"ending": func(string) error { // while threads send signals to themselves
		for range 8 {
			go func() {
				runtime.LockOSThread()
				for {
					unix.Tgkill(os.Getpid(), unix.Gettid(), syscall.SIGURG)
				}
			}()
		}
		time.Sleep(5 * time.Millisecond)
		return nil
	},
	"sleep": func(string) error { time.Sleep(time.Hour); return nil },
	"spin": func(string) error {
		for n := 0; ; n++ {
			if n < 0 {
				return nil
			}
		}
	},
	"print": func(size string) error {
		n, _ := strconv.Atoi(size)
		_, err := io.CopyN(os.Stdout, repeat('x'), int64(n))
		return err
	},
	"big": func(path string) error { // a file
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		_, err = f.WriteAt([]byte{1}, 3<<30)
		return errors.Join(err, f.Close())
	},
	"environment": func(string) error { _, err := fmt.Print(strings.Join(os.Environ(), "\n")); return err },
	"tmpdir": func(string) error {
		_, err := fmt.Print(os.TempDir())
		return errors.Join(err, os.WriteFile(filepath.Join(os.TempDir(), "x"), nil, 0o644))
	},
	"filtered": func(string) error { // its system calls, and no privileges come back
		text, err := os.ReadFile("/proc/self/status")
		if !bytes.Contains(text, []byte("\nSeccomp:\t2\n")) || !bytes.Contains(text, []byte("\nNoNewPrivs:\t1\n")) {
			return fmt.Errorf("no filter, or new privileges:\n%s", text)
		}
		return err
	},
	"folder": func(string) error { d, err := os.Getwd(); fmt.Print(d); return err },
	"status": func(n string) error { number, _ := strconv.Atoi(n); os.Exit(number); return nil },
	"descriptor": func(string) error {
		_, err := os.NewFile(3, "").Write([]byte("by descriptor 3"))
		return err
	},
}

type repeat byte

func (r repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "deed" {
		if err := deeds[os.Args[2]](os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(9)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// deed returns the command that does a deed, and what it prints.
func deed(k Kind, what, arg string) (*Command, *bytes.Buffer) {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	out := &bytes.Buffer{}
	c := &Command{Kind: k, Path: self, Args: []string{"deed", what, arg}, Stdout: out, Stderr: out}
	return c, out
}

// What a design must not do ends it, with a name; and it was not done.
func TestForbidden(t *testing.T) {
	engines(t, func(t *testing.T, e Engine) {
		dir := t.TempDir()
		file := filepath.Join(dir, "file")
		require.NoError(t, os.WriteFile(file, []byte("old"), 0o644))
		secret := filepath.Join(t.TempDir(), "secret") // in a folder that is not granted
		require.NoError(t, os.WriteFile(secret, nil, 0o644))
		n := 0
		for _, c := range []struct{ what, arg, says string }{
			{"read", "/etc/shadow", "opens /etc/shadow"},
			{"read", secret, "opens " + secret},
			{"write", filepath.Join(dir, "new"), "opens " + filepath.Join(dir, "new") + " for writing"},
			{"write", file, "opens " + file + " for writing"},
			{"remove", file, "changes " + file + " (unlinkat)"},
			{"mkdir", filepath.Join(dir, "sub"), "changes " + filepath.Join(dir, "sub") + " (mkdirat)"},
			{"rename", file, "changes " + file + " (renameat)"},
			{"link", filepath.Join(dir, "l"), "changes " + filepath.Join(dir, "l") + " (symlinkat)"},
			{"chmod", file, "changes " + file + " (fchmodat)"},
			{"socket", "", "opens a socket (AF_INET)"},
			{"dial", "127.0.0.1:1", "opens a socket (AF_INET)"},
			{"memory", strconv.Itoa(8 << 30), "takes more than 4.0 GiB of memory"},
			{"fork", "", "starts a process (fork)"},
			{"daemon", "", "starts a process (fork)"},
			{"run", "/bin/sh", "runs the program /bin/sh"},
			{"ptrace", "", "makes the system call ptrace"},
			{"kill", "", "sends a signal to other processes (kill)"},
			{"tgkill", "", "sends a signal to other processes (tgkill)"},
			{"print", strconv.Itoa(30 << 20), "prints more than 16 MiB"},
		} {
			command, out := deed(Design, c.what, c.arg)
			command.Grant.Read, command.Limits.Output = []string{dir}, 16<<20
			var v *Violation
			err := command.Run(t.Context())
			if assert.ErrorAs(t, err, &v, "%s %s: %.200s", c.what, c.arg, out) {
				assert.Contains(t, v.What, c.says)
				n++
			}
			assert.NoDirExists(t, command.tmp)
		}
		assert.Equal(t, 19, n)
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, "old", string(data))
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Len(t, left, 1, "nothing was written")
		assert.Empty(t, descendants())
	})
}

// Where the kernel does not tell of system calls, the engine keeps a design apart all the
// same, without a name.
func TestUnwatched(t *testing.T) {
	engines(t, func(t *testing.T, e Engine) {
		c, err := engine()
		require.NoError(t, err)
		assert.NotContains(t, Summary(false), "so none is named")
		for _, c.filters = range []bool{true, false} {
			c.watches = false
			engine = func() (chosen, error) { return c, nil }
			assert.Contains(t, Summary(false), "; this kernel does not tell of system calls, so none is named")
			file := filepath.Join(t.TempDir(), "new")
			for _, what := range []string{"write", "nothing"} {
				command, out := deed(Design, what, file)
				err := command.Run(t.Context())
				if what == "nothing" || e == None {
					assert.NoError(t, err, out)
					continue
				}
				assert.Equal(t, &ExitError{Status: 9}, err)
				assert.NoFileExists(t, file)
			}
		}
	})
}

// What a design has to do works.
func TestPermitted(t *testing.T) {
	engines(t, func(t *testing.T, e Engine) {
		granted, own, here := t.TempDir(), t.TempDir(), t.TempDir()
		file := filepath.Join(granted, "file")
		require.NoError(t, os.WriteFile(file, nil, 0o644))
		for _, c := range []struct{ what, arg, prints string }{
			{"nothing", "", ""},
			{"read", file, ""},
			{"read", "/proc/self/maps", ""},
			{"read", "/usr/bin/env", ""},
			{"write", filepath.Join(own, "new"), ""},
			{"write", "/dev/null", ""},
			{"rename", filepath.Join(own, "new"), ""},
			{"memory", strconv.Itoa(100 << 20), ""},
			{"folder", "", here},
		} {
			command, out := deed(Design, c.what, c.arg)
			command.Dir = here
			ctx := With(t.Context(), Grant{Read: []string{granted}})
			command.Grant.Write = []string{own}
			require.NoError(t, command.Run(ctx), "%s %s: %s", c.what, c.arg, out)
			assert.Equal(t, c.prints, out.String())
		}
		assert.FileExists(t, filepath.Join(own, "new.new"))
		command, _ := deed(Design, "read", filepath.Join(granted, "absent"))
		assert.Equal(t, &ExitError{Status: 9}, command.Run(t.Context()), "a file that is not there may be looked for")

		r, w, err := os.Pipe()
		require.NoError(t, err)
		defer r.Close()
		command, _ = deed(Design, "descriptor", "")
		command.ExtraFiles = []*os.File{w}
		require.NoError(t, command.Run(t.Context()))
		w.Close()
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		assert.Equal(t, "by descriptor 3", string(text))
	})
}

// A tool sees the system and what it was granted, and writes to its own folders; it may
// start programs.
func TestTool(t *testing.T) {
	engines(t, func(t *testing.T, e Engine) {
		granted, own, other := t.TempDir(), t.TempDir(), t.TempDir()
		for _, d := range []string{granted, other} {
			require.NoError(t, os.WriteFile(filepath.Join(d, "file"), nil, 0o644))
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		for _, c := range []struct {
			what, arg string
			works     bool
		}{
			{"read", filepath.Join(granted, "file"), true},
			{"write", filepath.Join(own, "new"), true},
			{"tmpdir", "", true},
			{"daemon", "", true},
			{"filtered", "", true},
			{"read", filepath.Join(other, "file"), e == None},
			{"write", filepath.Join(granted, "new"), e == None},
			{"remove", filepath.Join(granted, "file"), e == None},
			{"dial", listener.Addr().String(), false},
			{"ptrace", "", false},
		} {
			command, out := deed(Tool, c.what, c.arg)
			command.Dir = granted
			command.Grant.Write = []string{own}
			err := command.Run(t.Context())
			if c.works {
				require.NoError(t, err, "%s %s: %s", c.what, c.arg, out)
			} else {
				assert.Equal(t, &ExitError{Status: 9}, err, "%s %s", c.what, c.arg)
			}
		}
		assert.Zero(t, daemons(), "the daemon has ended")
	})
}

// Limits end a program with its descendants.
func TestLimits(t *testing.T) {
	engines(t, func(t *testing.T, e Engine) {
		for _, c := range []struct {
			what, arg, says string
			limits          Limits
		}{
			{"spin", "", "takes more than 1s of processor time", Limits{Processor: time.Second}},
			{"fork", "", "starts more than 60 processes", Limits{Processes: 60}},
			{"pieces", strconv.Itoa(1 << 30), "takes more than 256 MiB of memory", Limits{Memory: 256 << 20}},
			{"big", "big", "writes a file of more than 2.0 GiB", Limits{}},
		} {
			command, out := deed(Tool, c.what, c.arg)
			command.Limits, command.Dir = c.limits, t.TempDir()
			command.Grant.Write = []string{command.Dir}
			var v *Violation
			err := command.Run(t.Context())
			if c.what == "big" && errors.As(err, new(*ExitError)) && strings.Contains(out.String(), "file too large") {
				continue // Go ignores the signal and has an error
			}
			require.ErrorAs(t, err, &v, "%s: %s", c.what, out)
			assert.Contains(t, v.What, c.says)
			assert.True(t, v.Limit)
		}
		assert.Empty(t, descendants())
	})
}

// Secrets among the variables do not pass; a trusted program has all.
func TestEnvironment(t *testing.T) {
	t.Setenv("APPROXTRAIN_TEST_TOKEN", "secret")
	t.Setenv("LC_ALL", "C")
	engines(t, func(t *testing.T, e Engine) {
		command, out := deed(Design, "environment", "")
		command.Env = []string{"UBSAN_OPTIONS=color=never"}
		require.NoError(t, command.Run(t.Context()))
		assert.NotContains(t, out.String(), "secret")
		assert.Contains(t, out.String(), "LC_ALL=C")
		assert.Contains(t, out.String(), "UBSAN_OPTIONS=color=never")
		assert.Contains(t, out.String(), "HOME="+command.tmp)

		command, out = deed(Design, "environment", "")
		command.Grant.Trusted = true
		require.NoError(t, command.Run(t.Context()))
		assert.Contains(t, out.String(), "secret")
		file := filepath.Join(t.TempDir(), "new")
		command, _ = deed(Design, "write", file)
		command.Grant.Trusted = true
		require.NoError(t, command.Run(t.Context()))
		assert.FileExists(t, file)
	})
}

// A file is found by every name that the user may give it.
func TestLinks(t *testing.T) {
	engines(t, func(t *testing.T, e Engine) {
		dir := t.TempDir()
		for _, d := range []string{"real/sub", "names"} {
			require.NoError(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "real/sub/file"), nil, 0o644))
		for link, to := range map[string]string{"names/absolute": dir + "/real", "names/relative": "../real", "names/twice": "relative/sub", "names/file": "twice/file"} {
			require.NoError(t, os.Symlink(to, filepath.Join(dir, link)))
		}
		for _, name := range []string{"real/sub/file", "names/absolute/sub/file", "names/relative/sub/file", "names/twice/file", "names/file"} {
			path := filepath.Join(dir, name)
			for _, k := range []Kind{Tool, Design} {
				command, out := deed(k, "read", path)
				command.Dir, command.Grant.Read = "/usr", []string{path}
				assert.NoError(t, command.Run(t.Context()), "%s: %s", name, out)
			}
		}
		own := filepath.Join(dir, "names/absolute/sub")
		command, out := deed(Tool, "write", filepath.Join(own, "new"))
		command.Grant.Write = []string{own}
		assert.NoError(t, command.Run(t.Context()), out)
		assert.FileExists(t, filepath.Join(dir, "real/sub/new"))
	})
}

// A grant of a home or of the root is none of all that is in it.
func TestNarrow(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for name, mode := range map[string]os.FileMode{"mul.v": 0o644, ".netrc": 0o644, "secret": 0o600} {
		require.NoError(t, os.WriteFile(filepath.Join(home, name), nil, mode))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(home, "project"), 0o755))
	assert.Equal(t, []string{filepath.Join(home, "mul.v")}, narrow(home))
	assert.Equal(t, []string{filepath.Join(home, "project")}, narrow(filepath.Join(home, "project")))
	assert.Empty(t, narrow("/etc"))
	assert.NotContains(t, narrow("/"), "/")
	assert.Empty(t, narrow("relative"))
	for link, to := range map[string]string{"shadow.v": "/etc/shadow", "keys": home + "/.ssh", "key.v": home + "/.ssh/id", "fine": home + "/project", "fine.v": home + "/mul.v"} {
		require.NoError(t, os.MkdirAll(filepath.Join(home, ".ssh"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(home, ".ssh/id"), nil, 0o644))
		path := filepath.Join(home, "project", link)
		require.NoError(t, os.Symlink(to, path))
		assert.Equal(t, !strings.HasPrefix(link, "fine"), astray(path), link)
	}
	assert.False(t, astray(filepath.Join(home, ".ssh/id")), "the user names it")
	assert.Empty(t, narrow(filepath.Join(home, "absent")))
}
