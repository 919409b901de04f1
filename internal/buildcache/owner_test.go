package buildcache

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
)

func get() (string, bool, error) { return Entry("things", "key", fill) }

// A cache that others own or may write is refused, on each level. The error says which
// folder it is and what to do.
func TestUnsafe(t *testing.T) {
	chown := func(path string) error { return os.Chown(path, 12345, -1) }
	mode := func(m os.FileMode) func(string) error { return func(p string) error { return os.Chmod(p, m) } }
	linked := func(p string) error { return errorsOf(os.Rename(p, p+".moved"), os.Symlink(p+".moved", p)) }
	cases := map[string]struct {
		harm       func(path string) error
		folder     string
		want, hint string
		root       bool
	}{
		"the cache, for all":         {mode(0o777), "approxtrain", "its mode 0777 lets other users write it", "chmod -R go-w", false},
		"the cache, for a group":     {mode(0o770), "approxtrain", "its mode 0770", "chmod -R go-w", false},
		"the cache, sticky":          {mode(0o777 | os.ModeSticky), "approxtrain", "its mode 0777", "chmod -R go-w", false},
		"the layout":                 {mode(0o720), "approxtrain/v2", "its mode 0720", "chmod -R go-w", false},
		"a kind":                     {mode(0o702), "approxtrain/v2/things", "its mode 0702", "chmod -R go-w", false},
		"an entry":                   {mode(0o707), "approxtrain/v2/things/key", "its mode 0707", "chmod -R go-w", false},
		"above":                      {mode(0o777), "", "its mode 0777 lets other users replace", "chmod go-w", false},
		"above, for a group":         {func(p string) error { return errorsOf(os.Chown(p, -1, 12345), os.Chmod(p, 0o770)) }, "", "its mode 0770", "chmod go-w", true},
		"somebody's cache":           {chown, "approxtrain", "user 12345 owns it, but the program runs as user", "XDG_CACHE_HOME", true},
		"somebody's layout":          {chown, "approxtrain/v2", "user 12345 owns it", "XDG_CACHE_HOME", true},
		"somebody's kind":            {chown, "approxtrain/v2/things", "user 12345 owns it", "XDG_CACHE_HOME", true},
		"somebody's entry":           {chown, "approxtrain/v2/things/key", "user 12345 owns it", "XDG_CACHE_HOME", true},
		"somebody's home, with sudo": {chown, "", "user 12345 owns it", "sudo -H", true},
		"a linked layout":            {linked, "approxtrain/v2", "it is a symbolic link", "remove it", false},
		"a linked kind":              {linked, "approxtrain/v2/things", "it is a symbolic link", "remove it", false},
		"a linked entry":             {linked, "approxtrain/v2/things/key", "it is a symbolic link", "remove it", false},
		"a file":                     {func(p string) error { return anew(p, func() error { return os.WriteFile(p, nil, 0o600) }) }, "approxtrain/v2/things", "it is a file", "remove it", false},
	}
	tried := 0
	for why, c := range cases {
		if c.root && os.Geteuid() != 0 {
			continue
		}
		cache := t.TempDir()
		t.Setenv("XDG_CACHE_HOME", cache)
		_, _, err := get()
		require.NoError(t, err)
		require.NoError(t, c.harm(filepath.Join(cache, c.folder)), why)
		_, _, err = Entry("things", "key", func(string) error { panic("made") })
		assert.ErrorContains(t, err, c.want, why)
		assert.ErrorContains(t, err, filepath.Join(cache, c.folder), why)
		assert.ErrorContains(t, err, c.hint, why)
		assert.ErrorContains(t, err, "XDG_CACHE_HOME", why)
		assert.Equal(t, fault.Usage, fault.Status(err), why)
		tried++
	}
	assert.GreaterOrEqual(t, tried, 11)
}

// A cache is made for its user alone, whatever the umask. The folder itself may be a link
// to another disk, and lie in a folder like /tmp.
func TestSafe(t *testing.T) {
	cache, disk := t.TempDir(), t.TempDir()
	old := unix.Umask(0)
	defer unix.Umask(old)
	require.NoError(t, os.Chmod(cache, 0o777|os.ModeSticky))
	require.NoError(t, os.Mkdir(filepath.Join(disk, "mine"), 0o700))
	require.NoError(t, os.Symlink(filepath.Join(disk, "mine"), filepath.Join(cache, "approxtrain")))
	for _, base := range []string{cache, filepath.Join(cache, "not", "there")} {
		t.Setenv("XDG_CACHE_HOME", base)
		dir, _, err := get()
		require.NoError(t, err)
		for _, d := range []string{dir, filepath.Dir(dir), filepath.Dir(filepath.Dir(dir)), filepath.Join(dir, "sub")} {
			info, err := os.Stat(d)
			require.NoError(t, err)
			assert.Equal(t, os.ModeDir|0o700, info.Mode(), d)
		}
		_, hit, err := get()
		require.NoError(t, err)
		assert.True(t, hit)
	}
	require.NoError(t, os.Chmod(disk, 0o777))
	t.Setenv("XDG_CACHE_HOME", cache)
	_, _, err := get()
	assert.ErrorContains(t, err, disk+" is not safe", "where the link leads to")
}

func TestNoFolder(t *testing.T) {
	for _, c := range []struct{ xdg, home, want string }{
		{"relative", "/root", "relative"}, {"", "", "HOME"}, {"", "relative", `$HOME is "relative/.cache"`},
	} {
		t.Setenv("XDG_CACHE_HOME", c.xdg)
		t.Setenv("HOME", c.home)
		_, _, err := get()
		assert.ErrorContains(t, err, c.want)
		assert.ErrorContains(t, err, "set XDG_CACHE_HOME to an absolute path")
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
}

// asUser runs a function on a thread with the file permissions of another user.
func asUser(t *testing.T, uid int, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, which may do everything, for a user who may not")
	}
	var thread sync.WaitGroup
	thread.Go(func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the function
		unix.Setfsuid(uid)
		do()
	})
	thread.Wait()
}

// What cannot be removed is named, with what to do.
func TestCannotBeRemoved(t *testing.T) {
	base, err := os.MkdirTemp("", "buildcache-test-") // t.TempDir is in a folder that only its user may enter
	require.NoError(t, err)
	defer os.RemoveAll(base)
	require.NoError(t, os.Chmod(base, 0o755))
	t.Setenv("XDG_CACHE_HOME", base)
	dir, _, err := get()
	require.NoError(t, err)
	listen(t)
	require.NoError(t, os.Truncate(filepath.Join(dir, "data"), 1))
	require.NoError(t, exec.Command("chmod", "-R", "a+rX", base).Run())
	asUser(t, 12345, func() { _, _, err = get() })
	assert.ErrorContains(t, err, "remove the folder "+dir)
	asUser(t, 12345, func() { _, _, err = Entry("others", "key", fill) })
	assert.ErrorContains(t, err, "set XDG_CACHE_HOME to a folder that this user may write")
}

// On a file system that cannot be written, entries that are there serve. Others, and a
// full disk, are errors that say what to do.
func TestFileSystems(t *testing.T) {
	if dir := os.Getenv("CACHE_ON_DISK"); dir != "" { // in a process of its own, see below
		var err error
		if os.Getenv("CACHE_KIND") == "fill" {
			_, _, err = Entry("things", "large", func(dir string) error {
				return os.WriteFile(filepath.Join(dir, "large"), make([]byte, 1<<20), 0o644)
			})
		} else {
			_, _, err = Entry(os.Getenv("CACHE_KIND"), "key", fill)
		}
		os.Stdout.WriteString("error: " + errorText(err) + "\n")
		return
	}
	dir := t.TempDir()
	run := func(script string) string {
		c := exec.Command("unshare", "-rm", "sh", "-c", script)
		c.Env = append(os.Environ(), "CACHE_ON_DISK="+dir, "XDG_CACHE_HOME="+dir, "TEST="+os.Args[0]+" -test.run=^TestFileSystems$")
		out, err := c.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	if exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", dir).Run() != nil {
		t.Skip("needs leave to mount a small file system")
	}
	out := run(`mount -t tmpfs -o size=200k,mode=0700 tmpfs $CACHE_ON_DISK && CACHE_KIND=fill $TEST; echo left: $(find $CACHE_ON_DISK -type f)`)
	assert.Contains(t, out, "no space left on device")
	assert.Contains(t, out, "is full: free some space, run 'approxtrain cache clear'")
	assert.Contains(t, out, "left:\n")
	out = run(`mount -t tmpfs tmpfs $CACHE_ON_DISK && CACHE_KIND=things $TEST && mount -o remount,bind,ro $CACHE_ON_DISK && CACHE_KIND=things $TEST && CACHE_KIND=others $TEST`)
	assert.Regexp(t, `(?s)error: none.*error: none.*error: .*is on a read-only file system: set XDG_CACHE_HOME`, out)
}

func errorText(err error) string {
	if err == nil {
		return "none"
	}
	return err.Error()
}
