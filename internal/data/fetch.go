package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// Fetch downloads the files of a set into the folder dir, from their publisher, or from baseURL if
// that is not empty. It keeps files that exist already with the right digest. progress, if not
// nil, receives the number of bytes of all files so far. Fetch returns the number of files, each
// verified.
//
// A file has its name only when its SHA-256 is the pinned one. Until then it is
// called .part; a download that was cut short, by Ctrl-C as well, goes on after
// what is there.
func Fetch(ctx context.Context, name, dir, baseURL string, progress func(done, total uint64)) (files int, err error) {
	k := find(name)
	switch {
	case k == nil:
		return 0, unknown(name, "that can be fetched")
	case k.Generated():
		return 0, fault.Usagef("%s is drawn by the program; there is nothing to fetch", name)
	case dir == "":
		return 0, fault.Usagef("fetching %s: there is no home folder to put it into; name one with %v",
			name, option.DataFolder)
	}
	if baseURL == "" {
		baseURL = k.base
	}
	if err := newFetcher().fetch(ctx, k, dir, baseURL, progress); err != nil {
		return 0, err
	}
	return len(k.files), nil
}

// fetcher downloads sets. Its waits are variables for the sake of the tests.
type fetcher struct {
	client *http.Client
	stall  time.Duration // without a byte, after which a download is given up
}

func newFetcher() *fetcher {
	const wait = 30 * time.Second
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: wait}).DialContext
	t.DisableCompression = true // the digest is that of the .gz file
	return &fetcher{client: &http.Client{Transport: t}, stall: wait}
}

func (f *fetcher) fetch(ctx context.Context, k *Known, dir, baseURL string, progress func(done, total uint64)) error {
	base, err := url.Parse(baseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return fault.Usagef("fetching %s: base URL %q: expected http:// or https:// and a host", k.Name, baseURL)
	}
	_, there := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fault.Usagef("fetching %s: %w", k.Name, err)
	}
	if errors.Is(there, fs.ErrNotExist) {
		defer os.Remove(dir) // if nothing has come it is empty
	}
	unlock, err := lock(dir)
	if err != nil {
		return fmt.Errorf("fetching %s: %w", k.Name, err)
	}
	defer unlock()
	var total, before uint64
	for _, file := range k.files {
		total += uint64(file.bytes)
	}
	for _, file := range k.files {
		tell := func(done int64) {
			if progress != nil {
				progress(before+uint64(done), total)
			}
		}
		if err := f.file(ctx, file, dir, base, tell); err != nil {
			return fmt.Errorf("fetching %s: %w", k.Name, err)
		}
		before += uint64(file.bytes)
		tell(0)
	}
	return nil
}

// file brings one file, unless it is there.
func (f *fetcher) file(ctx context.Context, want file, dir string, base *url.URL, tell func(int64)) error {
	path := filepath.Join(dir, want.name)
	switch ok, err := want.matches(path); {
	case ok:
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fault.Usagef("%w", err)
	case err == nil:
		return fault.Usagef("%s is there, but is not the published file (%s, SHA-256 %.16s…); move it away and fetch again",
			path, size(want.bytes), want.sha256)
	}
	part := path + ".part"
	source := base.JoinPath(want.name).String()
	if err := f.download(ctx, source, part, want.bytes, tell); err != nil {
		return err
	}
	switch ok, err := want.matches(part); {
	case err != nil:
		return err
	case !ok:
		if err := os.Remove(part); err != nil {
			return err
		}
		return fmt.Errorf("%s is not the published file: its SHA-256 is not %.16s…; deleted %s. "+
			"Fetch again, or from another mirror with %v", source, want.sha256, part, option.BaseURL)
	}
	return os.Rename(part, path)
}

// lock keeps others from fetching into the same folder.
func lock(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(d.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		d.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("another approxtrain is fetching into %s; wait for it to end", dir)
		}
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	return func() { d.Close() }, nil
}

// explain adds advice to an error of the network.
func explain(err error) error {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &dns):
		return fmt.Errorf("%w; is this machine on the net? A mirror is named with %v", err, option.BaseURL)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%w; the server did not answer in time: try again later, or a mirror with %v", err, option.BaseURL)
	case strings.Contains(err.Error(), "connection refused"):
		return fmt.Errorf("%w; nobody serves files there: check %v", err, option.BaseURL)
	}
	return err
}
