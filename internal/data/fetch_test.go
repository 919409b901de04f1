package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// mirror serves a set of two files, of 300,000 and 10 bytes, and notes the requests.
type mirror struct {
	set      Known
	content  map[string][]byte
	answer   func(w http.ResponseWriter, r *http.Request, content []byte) // nil: as http.ServeContent
	mu       sync.Mutex
	requests []string // name and Range
	url      string
	stall    time.Duration
}

func newMirror(t *testing.T) *mirror {
	m := &mirror{stall: time.Minute, content: map[string][]byte{"a.gz": make([]byte, 300000), "b.gz": []byte("0123456789")}}
	for i := range m.content["a.gz"] {
		m.content["a.gz"][i] = byte(i * i >> 3)
	}
	m.set.Name = "tiny"
	for _, name := range []string{"a.gz", "b.gz"} {
		digest := sha256.Sum256(m.content[name])
		m.set.files = append(m.set.files, file{name, int64(len(m.content[name])), hex.EncodeToString(digest[:])})
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := filepath.Base(r.URL.Path)
		m.mu.Lock()
		m.requests = append(m.requests, strings.TrimSpace(name+" "+r.Header.Get("Range")))
		m.mu.Unlock()
		content, ok := m.content[name]
		switch {
		case !ok || filepath.Dir(r.URL.Path) != "/sets":
			http.NotFound(w, r)
		case m.answer != nil:
			m.answer(w, r, content)
		default:
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(content)))
		}
	}))
	t.Cleanup(server.Close)
	m.url = server.URL + "/sets"
	return m
}

func (m *mirror) fetch(ctx context.Context, dir string, progress func(done, total uint64)) error {
	f := newFetcher()
	f.stall = m.stall
	return f.fetch(ctx, &m.set, dir, m.url, progress)
}

// complete checks that the folder holds both files and nothing else.
func (m *mirror) complete(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, len(m.content))
	for name, want := range m.content {
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.True(t, string(want) == string(got), "%s differs from what was served", name)
	}
}

func TestFetch(t *testing.T) {
	m, dir := newMirror(t), filepath.Join(t.TempDir(), "new", "tiny")
	last := uint64(0)
	require.NoError(t, m.fetch(t.Context(), dir, func(done, total uint64) {
		assert.GreaterOrEqual(t, done, last)
		assert.Equal(t, uint64(300010), total)
		last = done
	}))
	assert.Equal(t, uint64(300010), last)
	m.complete(t, dir)
	assert.Equal(t, []string{"a.gz", "b.gz"}, m.requests)
	require.NoError(t, m.fetch(t.Context(), dir, nil))
	assert.Len(t, m.requests, 2, "complete files are not fetched again")
}

// TestFetchGoesOn: the connection breaks in the middle of the first file; the second
// fetch asks for the rest only.
func TestFetchGoesOn(t *testing.T) {
	m, dir := newMirror(t), t.TempDir()
	m.answer = func(w http.ResponseWriter, _ *http.Request, content []byte) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:200000])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	err := m.fetch(t.Context(), dir, nil)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "fetching tiny: "+m.url+"/a.gz broke off after 200,000 of 300,000 bytes")
	assert.Contains(t, err.Error(), "fetch again, and it goes on from there")
	assert.Equal(t, fault.Failed, fault.Status(err))
	part, err := os.Stat(filepath.Join(dir, "a.gz.part"))
	require.NoError(t, err)
	assert.Equal(t, int64(200000), part.Size())

	m.answer = nil
	first := uint64(0)
	require.NoError(t, m.fetch(t.Context(), dir, func(done, _ uint64) {
		if first == 0 {
			first = done
		}
	}))
	m.complete(t, dir)
	assert.Equal(t, []string{"a.gz", "a.gz bytes=200000-", "b.gz"}, m.requests)
	assert.Greater(t, first, uint64(200000), "progress begins at what is there")
}

// TestFetchFromServerWithoutRanges: it answers with the whole file; that replaces
// what is there, wrong as it may be.
func TestFetchFromServerWithoutRanges(t *testing.T) {
	m, dir := newMirror(t), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.gz.part"), make([]byte, 250000), 0o644))
	m.answer = func(w http.ResponseWriter, _ *http.Request, content []byte) { w.Write(content) }
	require.NoError(t, m.fetch(t.Context(), dir, nil))
	m.complete(t, dir)
	assert.Equal(t, []string{"a.gz bytes=250000-", "b.gz"}, m.requests)
}

func TestFetchDropsWhatCannotGoOn(t *testing.T) {
	m, dir := newMirror(t), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.gz.part"), make([]byte, 300001), 0o644)) // too long
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.gz.part"), []byte("012"), 0o644))
	m.answer = func(w http.ResponseWriter, r *http.Request, content []byte) {
		if r.Header.Get("Range") != "" {
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		w.Write(content)
	}
	require.NoError(t, m.fetch(t.Context(), dir, nil))
	m.complete(t, dir)
	assert.Equal(t, []string{"a.gz", "b.gz bytes=3-", "b.gz"}, m.requests)
}

func TestFetchWrongDigest(t *testing.T) {
	m, dir := newMirror(t), t.TempDir()
	m.set.files[1].sha256 = strings.Repeat("0", 64)
	err := m.fetch(t.Context(), dir, nil)
	require.Error(t, err)
	part := filepath.Join(dir, "b.gz.part")
	assert.Contains(t, err.Error(), "b.gz is not the published file: its SHA-256 is not 0000000000000000…; deleted "+part)
	assert.Equal(t, fault.Failed, fault.Status(err))
	assert.NoFileExists(t, part)
	assert.NoFileExists(t, filepath.Join(dir, "b.gz"))
	assert.FileExists(t, filepath.Join(dir, "a.gz"), "what is right stays")
}

func TestFetchFails(t *testing.T) {
	reply := func(status int, header, value string) func(http.ResponseWriter, *http.Request, []byte) {
		return func(w http.ResponseWriter, _ *http.Request, content []byte) {
			if header != "" {
				w.Header().Set(header, value)
			}
			w.WriteHeader(status)
			w.Write(content)
		}
	}
	for _, c := range []struct {
		name, message string
		change        func(m *mirror)
		status        int
	}{
		{"not found", "/nowhere/a.gz: 404 Not Found; the file is not there (any more): name a mirror with option base-url",
			func(m *mirror) { m.url = strings.Replace(m.url, "sets", "nowhere", 1) }, fault.Failed},
		{"server in trouble", "/sets/a.gz: the server says 503 Service Unavailable",
			func(m *mirror) { m.answer = reply(503, "", "") }, fault.Failed},
		{"another length", "its length is 299,999 bytes, that of the published file 300,000 bytes",
			func(m *mirror) { m.content["a.gz"] = m.content["a.gz"][1:] }, fault.Failed},
		{"longer than it said", "goes on after the 300,000 bytes of the published file",
			func(m *mirror) {
				m.answer = func(w http.ResponseWriter, _ *http.Request, content []byte) {
					w.Write(content)
					w.(http.Flusher).Flush()
					w.Write([]byte("!"))
				}
			}, fault.Failed},
		{"shorter, without a length", "ended after 150,000 of 300,000 bytes",
			func(m *mirror) {
				m.answer = func(w http.ResponseWriter, _ *http.Request, content []byte) {
					w.Write(content[:150000])
					w.(http.Flusher).Flush()
				}
			}, fault.Failed},
		{"another range", `asked for the bytes from 1,000 on, got Content-Range "bytes 7-299999/300000"`,
			func(m *mirror) { m.answer = reply(206, "Content-Range", "bytes 7-299999/300000") }, fault.Failed},
		{"silence", "/sets/a.gz: nothing has come for too long: 300ms",
			func(m *mirror) {
				m.stall = 300 * time.Millisecond
				m.answer = func(_ http.ResponseWriter, r *http.Request, _ []byte) { <-r.Context().Done() }
			}, fault.Failed},
		{"silence in the middle", "broke off after 1,000 of 300,000 bytes (nothing has come for too long: 300ms)",
			func(m *mirror) {
				m.stall = 300 * time.Millisecond
				m.answer = func(w http.ResponseWriter, r *http.Request, content []byte) {
					w.Write(content[:1000])
					w.(http.Flusher).Flush()
					<-r.Context().Done()
				}
			}, fault.Failed},
		{"nobody there", "connection refused; nobody serves files there: check option base-url",
			func(m *mirror) { m.url = "http://127.0.0.1:1/" }, fault.Failed},
		{"no URL", `base URL "mirror/mnist": expected http:// or https:// and a host`,
			func(m *mirror) { m.url = "mirror/mnist" }, fault.Usage},
		{"no host", `base URL "http:///sets": expected http:// or https:// and a host`,
			func(m *mirror) { m.url = "http:///sets" }, fault.Usage},
	} {
		m, dir := newMirror(t), t.TempDir()
		if c.name == "another range" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "a.gz.part"), make([]byte, 1000), 0o644))
		}
		c.change(m)
		err := m.fetch(t.Context(), dir, nil)
		require.Error(t, err, c.name)
		assert.Contains(t, err.Error(), c.message, c.name)
		assert.Equal(t, c.status, fault.Status(err), c.name)
		assert.NoFileExists(t, filepath.Join(dir, "a.gz"), c.name)
	}
}

// TestFetchSlowly: it takes longer than the longest wait, but never stands still.
func TestFetchSlowly(t *testing.T) {
	m, dir := newMirror(t), t.TempDir()
	m.stall = 1500 * time.Millisecond
	m.answer = func(w http.ResponseWriter, _ *http.Request, content []byte) {
		for i := range 10 {
			w.Write(content[i*len(content)/10 : (i+1)*len(content)/10])
			w.(http.Flusher).Flush()
			time.Sleep(200 * time.Millisecond)
		}
	}
	require.NoError(t, m.fetch(t.Context(), dir, nil))
	m.complete(t, dir)
}

// TestFetchInterrupted: what has come stays for the next time.
func TestFetchInterrupted(t *testing.T) {
	m, dir := newMirror(t), t.TempDir()
	m.answer = func(w http.ResponseWriter, r *http.Request, content []byte) {
		w.Write(content[:1000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := m.fetch(ctx, dir, func(done, _ uint64) {
		if done == 1000 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.NoFileExists(t, filepath.Join(dir, "a.gz"))
	m.answer = nil
	require.NoError(t, m.fetch(t.Context(), dir, nil))
	m.complete(t, dir)
	assert.Equal(t, []string{"a.gz", "a.gz bytes=1000-", "b.gz"}, m.requests)
}

func TestFetchRefuses(t *testing.T) {
	m, dir := newMirror(t), t.TempDir()
	path := filepath.Join(dir, "a.gz")
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o644))
	err := m.fetch(t.Context(), dir, nil)
	require.Error(t, err)
	assert.Contains(t, err.Error(), path+" is there, but is not the published file (300,000 bytes, SHA-256 ")
	assert.Equal(t, fault.Usage, fault.Status(err))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(got))

	unlock, err := lock(dir)
	require.NoError(t, err)
	assert.ErrorContains(t, m.fetch(t.Context(), dir, nil), "another approxtrain is fetching into "+dir)
	unlock()
	assert.ErrorContains(t, m.fetch(t.Context(), dir, nil), "is there, but")
	assert.Empty(t, m.requests)

	for name, message := range map[string]string{
		"digits": "digits is drawn by the program; there is nothing to fetch",
		"mnits":  `"mnits" is no data set that can be fetched; did you mean mnist?`,
	} {
		_, err := Fetch(t.Context(), name, dir, "", nil)
		require.Error(t, err)
		assert.Contains(t, err.Error(), message)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
}
