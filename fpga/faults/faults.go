// Package faults damages the bytes on a serial line, in both directions and repeatably, for tests.
package faults

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Faults of a line; the zero value has none.
type Faults struct {
	// For each byte, the chance that a bit flips, that the byte is lost, that it
	// comes twice, that another one comes before it.
	Flip, Drop, Duplicate, Insert float64
	// For each piece of what goes over the line, the chance that it comes later,
	// and by how much.
	Stall    float64
	StallFor time.Duration
	// Before is text that another program prints before the board answers.
	Before string
	// CutAfter so many bytes to the host the line is gone; 0: never.
	CutAfter int
	// Answer, if not empty, is the answer of another program in place of a board.
	Answer string
	// The faults below are those of a line to a board in Go (linktest), not of an
	// emulated board's.
	//
	// Echo: nothing is at the other end but a wire from the output to the input.
	Echo bool
	// Noise is how many random bytes come each 10 ms, from NoiseAfter on, for ever.
	Noise      int
	NoiseAfter time.Duration
	Seed       uint64
}

// usualStalls is the chance of a stall where only its length is given.
const usualStalls = 0.01

// Usage describes the syntax that Parse accepts.
const Usage = "flip, drop, duplicate, insert=CHANCE a byte; stall=TIME, stalls=CHANCE (0.01) a piece; before=TEXT; cut=BYTES; seed=N"

// Parse reads a list as flip=1e-3,stall=50ms,seed=7.
func Parse(list string) (f Faults, err error) {
	if list == "" {
		return f, nil
	}
	chances := map[string]*float64{"flip": &f.Flip, "drop": &f.Drop, "duplicate": &f.Duplicate, "insert": &f.Insert, "stalls": &f.Stall}
	for _, item := range strings.Split(list, ",") {
		name, value, _ := strings.Cut(item, "=")
		err := error(nil)
		switch chance := chances[name]; {
		case chance != nil:
			if *chance, err = strconv.ParseFloat(value, 64); err == nil && !(*chance >= 0 && *chance <= 1) {
				err = fault.Usagef("a chance is from 0 to 1")
			}
		case name == "stall":
			if f.StallFor, err = time.ParseDuration(value); err == nil && f.StallFor < 0 {
				err = fault.Usagef("a time is not negative")
			}
		case name == "before":
			f.Before = value
		case name == "cut":
			if f.CutAfter, err = strconv.Atoi(value); err == nil && f.CutAfter < 1 {
				err = fault.Usagef("a line is cut after one byte or more")
			}
		case name == "seed":
			f.Seed, err = strconv.ParseUint(value, 10, 64)
		default:
			return f, fault.Usagef("there is no fault %q; there are %s", name, Usage)
		}
		if err != nil {
			return f, fault.Usagef("fault %s: %w; there are %s", item, err, Usage)
		}
	}
	if f.StallFor > 0 && !strings.Contains(list, "stalls=") {
		f.Stall = usualStalls
	}
	return f, nil
}

// Random returns the chance of one of the two directions.
func (f Faults) Random(direction int) *rand.Rand {
	return rand.New(rand.NewPCG(f.Seed, uint64(direction)))
}

// Delay returns how much later a piece comes.
func (f Faults) Delay(r *rand.Rand) time.Duration {
	if f.Stall > 0 && r.Float64() < f.Stall {
		return f.StallFor
	}
	return 0
}

// Spoil returns what becomes of bytes.
func (f Faults) Spoil(p []byte, r *rand.Rand) []byte {
	if f.Flip+f.Drop+f.Duplicate+f.Insert == 0 {
		return slices.Clone(p)
	}
	var out []byte
	for _, v := range p {
		if r.Float64() < f.Insert {
			out = append(out, byte(r.Uint32()))
		}
		if r.Float64() < f.Drop {
			continue
		}
		if r.Float64() < f.Flip {
			v ^= 1 << r.IntN(8)
		}
		out = append(out, v)
		if r.Float64() < f.Duplicate {
			out = append(out, v)
		}
	}
	return out
}
