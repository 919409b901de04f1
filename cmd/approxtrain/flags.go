package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/lut"
)

// ranged is the value of a flag that is a number in a range.
type ranged[T cmp.Ordered] struct {
	to    *T
	in    limits.Range[T]
	kind  string // for the help: int, float
	parse func(text string) (T, error)
}

func (r *ranged[T]) Type() string { return r.kind }

func (r *ranged[T]) String() string {
	if r.to == nil {
		return ""
	}
	return fmt.Sprint(*r.to)
}

// Set implements pflag.Value.
func (r *ranged[T]) Set(text string) error {
	v, err := r.parse(text)
	if err != nil {
		return fmt.Errorf("%w, expected %v", err, r.in)
	}
	if err := r.in.Check(v); err != nil {
		return err
	}
	*r.to = v
	return nil
}

// Range returns the range in words.
func (r *ranged[T]) Range() string { return r.in.String() }

// numberVar defines a flag that is a number in a range, which the help shows. The current
// value of to is the default, whether the range holds it or not.
func numberVar[T cmp.Ordered](f *pflag.FlagSet, to *T, name, short string, in limits.Range[T], usage string) {
	r := &ranged[T]{to: to, in: in}
	var parse func(text string) (any, error)
	what := "not a whole number"
	switch any(*to).(type) {
	case int:
		r.kind, parse = "int", func(text string) (any, error) { return strconv.Atoi(text) }
	case uint64:
		r.kind, parse = "uint", func(text string) (any, error) { return strconv.ParseUint(text, 0, 64) }
	case float64:
		what = "not a number"
		r.kind, parse = "float", func(text string) (any, error) { return strconv.ParseFloat(text, 64) }
	case time.Duration:
		what = "not a time such as 10s"
		r.kind, parse = "duration", func(text string) (any, error) { return time.ParseDuration(text) }
	default:
		panic(fmt.Sprintf("flag --%s: no numbers of type %T", name, *to))
	}
	r.parse = func(text string) (v T, err error) {
		n, err := parse(text)
		if errors.Is(err, strconv.ErrRange) {
			return v, errors.New("out of range")
		} else if err != nil {
			return v, errors.New(what)
		}
		return n.(T), nil
	}
	in.Zero = "" // 0 is the default then, of which the usage tells
	f.VarP(r, name, short, fmt.Sprintf("%s [%v]", usage, in))
}

// flagError describes the wrong value of a flag in the program's words.
func flagError(err error) error {
	var wrong *pflag.InvalidValueError
	if !errors.As(err, &wrong) {
		return err
	}
	if _, ok := wrong.GetFlag().Value.(interface{ Range() string }); !ok {
		return err
	}
	return fmt.Errorf("--%s %s: %w", wrong.GetFlag().Name, limits.Show(wrong.GetValue()), wrong.Unwrap())
}

// fastestLine is the highest allowed rate of a serial line, in bit/s.
const fastestLine = 12_000_000

// Ranges of flags that several commands have.
var (
	anySeed       = limits.Range[uint64]{Most: math.MaxUint64}
	shownRange    = limits.Range[int]{Most: 1_000_000}
	echoesRange   = limits.Range[int]{Least: 1, Most: 1_000_000}
	fractionRange = limits.Range[int]{Least: 1, Most: lut.MaxFraction, Zero: "all that are used"}
)
