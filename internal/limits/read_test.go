package limits

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
)

func TestReadFile(t *testing.T) {
	t.Chdir(t.TempDir())
	defer func(was time.Duration) { patience = was }(patience)
	patience = 300 * time.Millisecond
	require.NoError(t, os.WriteFile("five", []byte("12345"), 0o600))
	require.NoError(t, os.Truncate("five", 5))
	text, err := ReadFile("five", 5)
	require.NoError(t, err)
	assert.Equal(t, "12345", string(text))
	require.NoError(t, os.WriteFile("sparse", nil, 0o600))
	require.NoError(t, os.Truncate("sparse", 1<<40))
	require.NoError(t, unix.Mkfifo("silent", 0o600))
	require.NoError(t, unix.Mkfifo("begun", 0o600))
	held, err := os.OpenFile("begun", os.O_RDWR, 0)
	require.NoError(t, err)
	defer held.Close()
	_, err = held.WriteString("x")
	require.NoError(t, err)
	for _, c := range []struct {
		path string
		most int64
		want string
	}{
		{"five", 4, "five is longer than 4 bytes, the most that is read"},
		{"sparse", MiB, "sparse is longer than 1 MiB"},
		{"/dev/zero", 3 * KiB, "/dev/zero is longer than 3 KiB"},
		{".", 5, ". is a folder; expected a file"},
		{"silent", 5, "nobody has written into the pipe silent for 300ms"},
		{"begun", 5, "nobody has written into the pipe begun for 300ms"},
	} {
		start := time.Now()
		_, err := ReadFile(c.path, c.most)
		require.Error(t, err, c.path)
		assert.Contains(t, err.Error(), c.want)
		assert.Equal(t, fault.Usage, fault.Status(err), c.path)
		assert.Less(t, time.Since(start), 20*time.Second)
	}
	_, err = ReadFile("none", 5)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// Somebody who opens a pipe late and writes in pieces is heard to the end.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, unix.Mkfifo(path, 0o600))
	go func() {
		time.Sleep(100 * time.Millisecond)
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			for range 3 {
				time.Sleep(50 * time.Millisecond)
				w.WriteString("piece ")
			}
			w.Close()
		}
	}()
	text, err := ReadFile(path, 100)
	require.NoError(t, err)
	assert.Equal(t, "piece piece piece ", string(text))
}

func TestRegular(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, unix.Mkfifo(dir+"/pipe", 0o600))
	require.NoError(t, os.Symlink("/dev/zero", dir+"/link"))
	require.NoError(t, os.WriteFile(dir+"/file", nil, 0o600))
	assert.NoError(t, Regular(dir+"/file"))
	assert.ErrorContains(t, Regular(dir+"/pipe"), "pipe is a pipe; expected a regular file")
	assert.ErrorContains(t, Regular(dir+"/link"), "link is a device; expected a regular file")
	assert.ErrorContains(t, Regular(dir), "is a folder; expected a regular file")
	assert.ErrorIs(t, Regular(dir+"/none"), os.ErrNotExist)
}

func TestShow(t *testing.T) {
	for in, want := range map[string]string{"plain": "plain", "größe µ 0–1": "größe µ 0–1", "a\x1b[2J": `"a\x1b[2J"`, "a\u202eb": `"a\u202eb"`, "\xff": `"\xff"`} {
		assert.Equal(t, want, Show(in))
	}
	long := Show(strings.Repeat("é", 1000))
	assert.Less(t, len(long), 250)
	assert.Contains(t, long, "… (2000 bytes)")
	assert.True(t, Printable(long))
	assert.Equal(t, "a\n\tb\\x1b[31m\\xff\\u202e é", Escape("a\n\tb\x1b[31m\xff\u202e é"))
	assert.NoError(t, Name("class", strings.Repeat("n", LongestName)))
	for _, bad := range []string{"", strings.Repeat("n", LongestName+1), "a\x1bb", "\xff", "a\nb"} {
		assert.Error(t, Name("class", bad), "%q", bad)
	}
}

func TestJSON(t *testing.T) {
	var v any
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	assert.NoError(t, Unmarshal([]byte(deep(DeepestJSON)), 1000, &v))
	for text, want := range map[string]string{
		deep(DeepestJSON + 1): "values lie more than 64 deep", strings.Repeat("[", 1<<20): "64 deep", strings.Repeat(`{"a":`, 65): "64 deep",
		`{"a":1,"a":2}`: `the key "a" is there twice`, `{"a":{"b":1,"b":2}}`: `"b" is there twice`, `[{"a":1},{"a":1,"a":1}]`: "twice",
		"[" + strings.Repeat("1,", 2000) + "1]": "more than 1000 values", `{"a":"\"[[[["`: "unexpected end", `{} {}`: "after top-level",
	} {
		err := Unmarshal([]byte(text), 1000, &v)
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), want)
	}
	assert.NoError(t, Unmarshal([]byte(`{"a":{"a":["a","a",{"a":"a"}]},"b":"a"}`), 1000, &v))
}
