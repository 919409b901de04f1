package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/option"
)

// errStalled ends a download from which nothing comes any more.
var errStalled = errors.New("nothing has come for too long")

// matches says whether the file at path has the pinned length and digest.
func (w *file) matches(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", path, err)
	}
	return n == w.bytes && hex.EncodeToString(h.Sum(nil)) == w.sha256, nil
}

// download fills part up to want bytes from the source. What part holds already is
// taken for the beginning of the file, if the server can go on after it.
func (f *fetcher) download(ctx context.Context, source, part string, want int64, tell func(int64)) (err error) {
	out, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	forget := func() {}
	if have == 0 { // an empty file is of no use to the next fetch
		forget = leftovers.Add(part)
		defer func() {
			forget()
			if st, e := out.Stat(); err != nil && e == nil && st.Size() == 0 {
				err = errors.Join(err, os.Remove(part))
			}
		}()
	}
	if have > want {
		have = 0
	}
	if have == want {
		return nil // the digest will tell
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(f.stall, func() { cancel(fmt.Errorf("%w: %v", errStalled, f.stall)) })
	defer watch.Stop()

	body, have, err := f.request(ctx, source, have, want)
	if err != nil {
		return fmt.Errorf("%s: %w", source, cause(ctx, err))
	}
	defer body.Close()
	if err := out.Truncate(have); err != nil {
		return fmt.Errorf("writing %s: %w", part, err)
	}
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return err
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := body.Read(buf)
		watch.Reset(f.stall)
		if have+int64(n) > want {
			return fmt.Errorf("%s goes on after the %s of the published file; it is another one. Name a mirror with %v",
				source, size(want), option.BaseURL)
		}
		if _, err := out.Write(buf[:n]); err != nil {
			return fmt.Errorf("writing %s: %w", part, err)
		}
		if have += int64(n); have > 0 {
			forget()
		}
		tell(have)
		if err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("%s broke off after %s of %s (%w); fetch again, and it goes on from there",
				source, humanize.Comma(have), size(want), cause(ctx, err))
		}
	}
	if have < want {
		return fmt.Errorf("%s ended after %s of %s; fetch again, and it goes on from there", source, humanize.Comma(have), size(want))
	}
	return out.Sync()
}

// request asks for the bytes from have on. It returns the position at which the
// answer begins: have, or 0 where the server does not know ranges.
func (f *fetcher) request(ctx context.Context, source string, have, want int64) (io.ReadCloser, int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, source, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("User-Agent", "approxtrain")
	if have > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(have, 10)+"-")
	}
	res, err := f.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // the caller names the address
			err = u.Err
		}
		return nil, 0, explain(err)
	}
	fail := func(format string, args ...any) (io.ReadCloser, int64, error) {
		res.Body.Close()
		return nil, 0, fmt.Errorf(format, args...)
	}
	switch {
	case res.StatusCode == http.StatusPartialContent:
		if from, ok := rangeStart(res.Header.Get("Content-Range")); !ok || from != have {
			return fail("asked for the bytes from %s on, got Content-Range %q; name another mirror with %v",
				humanize.Comma(have), res.Header.Get("Content-Range"), option.BaseURL)
		}
	case res.StatusCode == http.StatusRequestedRangeNotSatisfiable && have > 0:
		res.Body.Close()
		return f.request(ctx, source, 0, want) // its file is shorter than what is here
	case res.StatusCode == http.StatusOK:
		have = 0
	case res.StatusCode == http.StatusNotFound:
		return fail("%s; the file is not there (any more): name a mirror with %v", res.Status, option.BaseURL)
	default:
		return fail("the server says %s; try again later, or a mirror with %v", res.Status, option.BaseURL)
	}
	if n := res.ContentLength; n >= 0 && have+n != want {
		return fail("its length is %s, that of the published file %s; name a mirror with %v",
			size(have+n), size(want), option.BaseURL)
	}
	return res.Body, have, nil
}

// rangeStart reads the first position in "bytes 7-9/10".
func rangeStart(header string) (int64, bool) {
	text, ok := strings.CutPrefix(header, "bytes ")
	if !ok {
		return 0, false
	}
	first, _, ok := strings.Cut(text, "-")
	n, err := strconv.ParseInt(first, 10, 64)
	return n, ok && err == nil
}

// cause replaces the error of a request that was given up by the reason.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); errors.Is(c, errStalled) {
		return c
	}
	return err
}

func size(n int64) string { return humanize.Comma(n) + " bytes" }
