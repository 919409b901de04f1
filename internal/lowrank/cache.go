package lowrank

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/lut"
)

const (
	// cacheKind is the kind of the entries in the cache of builds, each with the factors of a table in one file.
	cacheKind = "factors"
	cacheFile = "factors.json"
	// method is part of the key. Its number changes when other factors are found.
	method = "lowrank 1"
)

// errNone means that a table of low rank has no factors that were found.
var errNone = errors.New("no factors")

// Load is Factor with the factors in the cache of builds. Ranks are computed in any case, and factors from the cache
// are compared with the table as new ones are: an entry that is not the table's is made again. Without a cache that can
// be used, the factors are computed each time.
func Load(t *lut.Table, most int) (*Result, error) {
	return factor(t, most, func(s *search) (f *Factors) {
		key := &buildcache.Key{}
		key.Add(method, t.Format.String(), t.Digest(), strconv.Itoa(most))
		_, _, err := buildcache.Judged(cacheKind, key.Sum(), func(dir string) (err error) {
			f, err = s.read(dir)
			return err
		}, func(dir string) (err error) {
			if f = s.factors(); f == nil {
				return errNone
			}
			return f.write(dir)
		})
		if err != nil && !errors.Is(err, errNone) && f == nil {
			return s.factors()
		}
		return f
	})
}

func (f *Factors) write(dir string) error {
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, cacheFile), data, 0o644)
}

// read returns the factors of an entry, verified.
func (s *search) read(dir string) (*Factors, error) {
	data, err := os.ReadFile(filepath.Join(dir, cacheFile))
	if err != nil {
		return nil, err
	}
	f := &Factors{}
	if err := json.Unmarshal(data, f); err != nil {
		return nil, fmt.Errorf("%s: %w", cacheFile, err)
	}
	if n, r := f.Rank(), s.pivots.rank(); n < r || n > r+1 {
		return nil, fmt.Errorf("%s has %d pairs of factors, expected %d or %d", cacheFile, n, r, r+1)
	}
	if err := f.Verify(s.table); err != nil {
		return nil, err
	}
	return f, nil
}
