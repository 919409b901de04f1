package command

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// Number is the value of a flag that is a number in a range.
type Number[T cmp.Ordered] struct {
	to    *T
	In    limits.Range[T]
	kind  string // for the help: int, float
	parse func(text string) (T, error)
}

// Type returns int, uint, float or duration, for the help.
func (r *Number[T]) Type() string { return r.kind }

// String returns the value, as the help prints defaults.
func (r *Number[T]) String() string {
	if r.to == nil {
		return ""
	}
	return fmt.Sprint(*r.to)
}

// Set implements pflag.Value.
func (r *Number[T]) Set(text string) error {
	v, err := r.parse(text)
	if err != nil {
		return fmt.Errorf("%w, expected %v", err, r.In)
	}
	if err := r.In.Check(v); err != nil {
		return err
	}
	*r.to = v
	return nil
}

// Range returns the range in words.
func (r *Number[T]) Range() string { return r.In.String() }

// NumberVar defines a flag that is a number in a range, which the help shows. The current
// value of to is the default, whether the range holds it or not.
func NumberVar[T cmp.Ordered](f *pflag.FlagSet, to *T, name, short string, in limits.Range[T], usage string) {
	r := &Number[T]{to: to, In: in}
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

// FlagError describes the wrong value of a flag in the program's words.
func FlagError(err error) error {
	var wrong *pflag.InvalidValueError
	if !errors.As(err, &wrong) {
		return err
	}
	if _, ok := wrong.GetFlag().Value.(interface{ Range() string }); !ok {
		return err
	}
	return fmt.Errorf("--%s %s: %w", wrong.GetFlag().Name, limits.Show(wrong.GetValue()), wrong.Unwrap())
}
