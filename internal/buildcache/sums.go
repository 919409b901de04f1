package buildcache

import (
	"context"
	"slices"
	"time"
)

// Sum is the sum of the entries of a kind.
type Sum struct {
	Kind    string    `json:"kind"`
	Entries int       `json:"entries"`
	Bytes   int64     `json:"bytes"`
	Used    time.Time `json:"used"` // the last time
}

// Sums sums up entries by kind.
func Sums(all []Info) []Sum {
	out := []Sum{}
	for _, i := range all {
		n := slices.IndexFunc(out, func(k Sum) bool { return k.Kind == i.Kind })
		if n < 0 {
			n = len(out)
			out = append(out, Sum{Kind: i.Kind})
		}
		k := &out[n]
		k.Entries++
		k.Bytes += i.Size
		if i.Used.After(k.Used) {
			k.Used = i.Used
		}
	}
	return out
}

// Size returns the bytes of entries together.
func Size(all []Info) (bytes int64) {
	for _, i := range all {
		bytes += i.Size
	}
	return bytes
}

// VerifyAll compares every entry of the user's cache, and of the shared one, with its manifest. It calls report for
// each damaged one. It returns all entries, and how many of them are damaged.
func VerifyAll(ctx context.Context, report func(i Info, err error)) (all []Info, damaged int, err error) {
	if all, err = List(); err != nil {
		return nil, 0, err
	}
	team, err := ListShared()
	if err != nil {
		return nil, 0, err
	}
	all = append(all, team...)
	for _, i := range all {
		if err := ctx.Err(); err != nil {
			return all, damaged, err
		}
		if err := i.Verify(); err != nil {
			damaged++
			report(i, err)
		}
	}
	return all, damaged, nil
}
