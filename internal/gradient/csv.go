package gradient

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/limits"
)

// The headers of files with slopes by both operands, and by one.
const (
	headTwo = "a,b,da,db"
	headOne = "derivative,at,slope"
)

// mostLineText is the most bytes of text that a line may have on average: two operands and two slopes of 17 digits need
// 64.
const mostLineText = 128

// writeCSV writes lines in the order of the slopes.
func writeCSV(w io.Writer, g *Gradient) error {
	out := bufio.NewWriter(w)
	loA, hiA := g.RangeA()
	loB, hiB := g.RangeB()
	text := func(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
	if g.OneD {
		fmt.Fprintln(out, headOne)
		for b := loB; b <= hiB; b++ {
			fmt.Fprintf(out, "da,%d,%s\n", b, text(g.ByA(loA, b)))
		}
		for a := loA; a <= hiA; a++ {
			fmt.Fprintf(out, "db,%d,%s\n", a, text(g.ByB(a, loB)))
		}
		return out.Flush()
	}
	fmt.Fprintln(out, headTwo)
	for a := loA; a <= hiA; a++ {
		for b := loB; b <= hiB; b++ {
			fmt.Fprintf(out, "%d,%d,%s,%s\n", a, b, text(g.ByA(a, b)), text(g.ByB(a, b)))
		}
	}
	return out.Flush()
}

// readCSV reads lines into g.
func readCSV(r io.Reader, g *Gradient) error {
	most := int64(g.Format.Pairs()+2) * mostLineText
	limited := &io.LimitedReader{R: r, N: most + 1}
	last := &lastByte{r: limited}
	in := csv.NewReader(last)
	in.ReuseRecord, in.TrimLeadingSpace = true, true
	head, err := in.Read()
	if err != nil && err != io.EOF {
		return err
	}
	put := g.putPair
	switch text := strings.Join(head, ","); text {
	case headTwo:
	case headOne:
		put = g.putOne
	default:
		return fmt.Errorf("line 1: found %s, expected the column names %s, or %s", limits.Quote(text), headTwo, headOne)
	}
	g.alloc(strings.Join(head, ",") == headOne)
	for {
		fields, err := in.Read()
		if err == io.EOF {
			break
		} else if err != nil {
			return err // names its line
		}
		if err := put(fields); err != nil {
			line, _ := in.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	if limited.N <= 0 {
		return fmt.Errorf("it is longer than %d bytes, the most that is read", most)
	}
	if err := g.missing(); err != nil {
		return err
	}
	if last.b != '\n' {
		return fmt.Errorf("its last line does not end: expected a complete file, this one may be cut off")
	}
	return nil
}

// lastByte reads, and keeps the last byte: a file that is cut within its last number has another number there.
type lastByte struct {
	r io.Reader
	b byte
}

// Read implements io.Reader.
func (l *lastByte) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if n > 0 {
		l.b = p[n-1]
	}
	return n, err
}

// putPair stores the slopes of a line of both operands.
func (g *Gradient) putPair(fields []string) error {
	loA, hiA := g.RangeA()
	loB, hiB := g.RangeB()
	a, err := value("a", fields[0], loA, hiA)
	if err != nil {
		return err
	}
	b, err := value("b", fields[1], loB, hiB)
	if err != nil {
		return err
	}
	at := (a-loA)*g.Format.Cols() + b - loB
	if err := put(&g.A[at], "da", fields[2]); err != nil {
		return err
	}
	return put(&g.B[at], "db", fields[3])
}

// putOne stores the slope of a line of one operand.
func (g *Gradient) putOne(fields []string) error {
	side, name := g.A, "b"
	lo, hi := g.RangeB()
	switch fields[0] {
	case "da":
	case "db":
		side, name = g.B, "a"
		lo, hi = g.RangeA()
	default:
		return fmt.Errorf("derivative is %s, expected da or db", limits.Quote(fields[0]))
	}
	x, err := value("at, a value of "+name+",", fields[1], lo, hi)
	if err != nil {
		return err
	}
	return put(&side[x-lo], "slope", fields[2])
}

// put stores a slope in a place that has none.
func put(place *float32, column, text string) error {
	if !isMissing(*place) {
		return fmt.Errorf("%s is there twice", column)
	}
	x, err := strconv.ParseFloat(text, 32) // which rounds once
	if err != nil {
		return fmt.Errorf("%s is %s, expected a number of binary32", column, limits.Quote(text))
	}
	if *place, err = binary32(x); err != nil {
		return fmt.Errorf("%s: %w", column, err)
	}
	return nil
}

// value reads a value of an operand.
func value(column, text string, lo, hi int) (int, error) {
	x, err := strconv.Atoi(text)
	if err != nil || x < lo || x > hi {
		return 0, fmt.Errorf("%s is %s, expected an integer from %d to %d", column, limits.Quote(text), lo, hi)
	}
	return x, nil
}

func isMissing(x float32) bool { return math.IsNaN(float64(x)) }

// missing returns an error that names the first slope that no line has.
func (g *Gradient) missing() error {
	loA, _ := g.RangeA()
	loB, _ := g.RangeB()
	for i, x := range g.A {
		switch {
		case !isMissing(x):
		case g.OneD:
			return fmt.Errorf("there is no line for da at b = %d", loB+i)
		default:
			return fmt.Errorf("there is no line for a = %d, b = %d", loA+i/g.Format.Cols(), loB+i%g.Format.Cols())
		}
	}
	for i, x := range g.B {
		if isMissing(x) { // by both operands, da is missing too
			return fmt.Errorf("there is no line for db at a = %d", loA+i)
		}
	}
	return nil
}
