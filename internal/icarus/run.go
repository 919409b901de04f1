package icarus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/approxtrain/approxtrain/internal/leftovers"
	"github.com/approxtrain/approxtrain/internal/sandbox"
)

// Product is the value of the product port. A bit that is x or z is set in X or Z and 0 in Value.
type Product struct{ Value, X, Z uint32 }

// Known says whether every bit is 0 or 1.
func (p Product) Known() bool { return p.X|p.Z == 0 }

// batch is the number of pairs of one simulation. Each begins with a reset.
const batch = 1 << 20

// Eval returns the products of the pairs a[i], b[i], in order, as the design
// forms them one after the other. The operands are as at the ports, and must fit
// them; a and b have the same length, at least 1. Products may have bits that are
// x or z. The error is a [*DesignError] if the design ended the simulation, made
// no progress for the time-out, never answered a handshake or read a missing
// file, and an [*UnknownError] if a handshake port is x or z.
func (b *Bench) Eval(ctx context.Context, a, bb []uint32) ([]Product, error) {
	return b.eval(ctx, a, bb, 0)
}

// EvalWithin is Eval for at most so much processor time of each 2^20 pairs, unless APPROXTRAIN_LIMIT_PROCESSOR sets the
// limit. It ends with a [*SlowError] where the design takes longer: an event-driven simulation of a chain of n gates may
// take time in n².
func (b *Bench) EvalWithin(ctx context.Context, most time.Duration, a, bb []uint32) ([]Product, error) {
	if sandbox.ProcessorSet() {
		most = 0
	}
	return b.eval(ctx, a, bb, most)
}

// SlowError tells of a simulation that took more processor time than it may.
type SlowError struct {
	Most time.Duration
	Done int // products formed by then
}

func (e *SlowError) Error() string {
	return fmt.Sprintf("Icarus Verilog formed %d products in %v of processor time", e.Done, e.Most)
}

func (b *Bench) eval(ctx context.Context, a, bb []uint32, most time.Duration) ([]Product, error) {
	if len(a) != len(bb) || len(a) == 0 {
		return nil, fmt.Errorf("icarus: %d and %d operands, expected as many of each, at least 1", len(a), len(bb))
	}
	for i := range a {
		if uint64(a[i])>>b.iface.Shape.A != 0 || uint64(bb[i])>>b.iface.Shape.B != 0 {
			return nil, fmt.Errorf("icarus: operands %#x, %#x (pair %d) do not fit ports of %d and %d bits",
				a[i], bb[i], i, b.iface.Shape.A, b.iface.Shape.B)
		}
	}
	out := make([]Product, 0, len(a))
	for len(out) < len(a) {
		from, to := len(out), min(len(out)+batch, len(a))
		p, err := b.simulate(ctx, a[from:to], bb[from:to], most)
		if err != nil {
			var d *DesignError
			var u *UnknownError
			var slow *SlowError
			switch {
			case errors.As(err, &slow):
				slow.Done += from
			case errors.As(err, &d):
				d.Index += from
			case errors.As(err, &u):
				u.Index, u.Pairs = u.Index+from, len(a)
			}
			return nil, err
		}
		if len(p) != to-from {
			return nil, fmt.Errorf("icarus: %d products of %d pairs", len(p), to-from)
		}
		out = append(out, p...)
	}
	return out, nil
}

// FindUnknown multiplies the pairs of [Survey] and returns how many products were
// 0 or 1 in every bit: on success that is every pair. The error is an
// [*UnknownError] for the first product with a bit that is x or z; else as for
// Eval.
func (b *Bench) FindUnknown(ctx context.Context) (compared int, err error) {
	x, y, _ := Survey(b.iface.Shape)
	products, err := b.Eval(ctx, x, y)
	if err != nil {
		return 0, err
	}
	return b.unknown(x, y, products)
}

// Unknown returns an [*UnknownError] for the first of the products with a bit that is
// x or z, nil if there is none.
func (b *Bench) Unknown(x, y []uint32, products []Product) error {
	_, err := b.unknown(x, y, products)
	return err
}

func (b *Bench) unknown(x, y []uint32, products []Product) (compared int, err error) {
	var first *UnknownError
	for i, p := range products {
		switch {
		case p.Known():
			compared++
		case first == nil:
			first = &UnknownError{
				Index: i, Pairs: len(x), A: x[i], B: y[i], X: p.X, Z: p.Z, Hint: b.warnings,
				XBits: portBits(b.design, b.iface.P, p.X), ZBits: portBits(b.design, b.iface.P, p.Z),
			}
		default:
			first.Others++
		}
	}
	if first != nil {
		return compared, first
	}
	return compared, nil
}

// simulation is the command that runs a compiled design on the files of a folder;
// without a folder it ends at once. It runs in the folder of the process, where
// the design finds the files it found under Verilator.
func (b *Bench) simulation(path, folder string, out *output) *sandbox.Command {
	args := []string{"-N", path, "-none"} // $stop ends it; no waveforms
	if folder != "" {
		args = append(args, "+"+top+"="+folder)
	}
	c := &sandbox.Command{Kind: sandbox.Design, Path: b.tools.vvp, Args: args, Stdout: out, Stderr: out}
	c.Grant = b.grant
	if folder != "" {
		c.Grant.Write = []string{folder}
	}
	return c
}

// simulate runs one simulation.
func (b *Bench) simulate(ctx context.Context, x, y []uint32, most time.Duration) ([]Product, error) {
	folder, remove, err := leftovers.Dir(os.TempDir(), "approxtrain-icarus-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for a simulation: %w", err)
	}
	defer remove()
	check := rand.Uint64()
	if err := writeOperands(filepath.Join(folder, "operands"), check, x, y); err != nil {
		return nil, fmt.Errorf("writing operands of a simulation: %w", err)
	}
	products := filepath.Join(folder, "products")
	out := &output{}
	hung, runErr := b.watch(ctx, folder, products, out, most)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *sandbox.ExitError
	var violation *sandbox.Violation
	if runErr != nil && !errors.As(runErr, &exit) && !errors.As(runErr, &violation) && !hung {
		return nil, fmt.Errorf("running %s: %w", b.tools.vvp, runErr)
	}
	res, err := readProducts(products, check, b.iface.Shape.P, len(x))
	if err != nil {
		return nil, err
	}
	done := len(res.products)
	fault := func(text string) *DesignError {
		e := &DesignError{Index: done, Text: text, Output: out.String()}
		if done < len(x) {
			e.A, e.B, e.Known = x[done], y[done], true
		}
		return e
	}
	switch {
	case out.missing() != "":
		return nil, &DesignError{Text: "the design reads a file that is missing: " + out.missing()}
	case hung:
		e := fault("")
		e.Hang = b.Timeout
		return nil, e
	case res.port != "":
		e := &UnknownError{Index: done, Pairs: len(x), A: x[done], B: y[done], Port: b.iface.OutValid, Hint: b.warnings}
		if res.port == recordReadyUnknown {
			e.Port = b.iface.InReady
		}
		if e.X, e.Z = res.value.X, res.value.Z; e.X != 0 {
			e.XBits = e.Port
		} else {
			e.ZBits = e.Port
		}
		return nil, e
	case res.never == recordReady:
		return nil, fault("handshake: the design did not take its operands within 65,536 cycles")
	case res.never == recordValid:
		return nil, fault("handshake: the product was not valid within 65,536 cycles")
	case violation != nil && violation.Processor && most != 0:
		return nil, &SlowError{most, done}
	case violation != nil:
		return nil, fault("the design's process was ended: it " + violation.Error())
	case runErr != nil || !res.ended || done != len(x):
		return nil, fault(b.ending(exit, out.String()))
	}
	return res.products, nil
}

// ending describes how a simulation ended early.
func (b *Bench) ending(exit *sandbox.ExitError, text string) string {
	switch {
	case exit == nil:
		return "the RTL called $finish"
	case exit.Signal != 0:
		return "the design's process crashed: " + exit.Error()
	case strings.Contains(text, notRunnable):
		return b.tools.version + " cannot run the design"
	case fatalLine.MatchString(text):
		return "the RTL ended the simulation: " + fatalLine.FindString(text)
	default:
		return "the RTL called $stop: " + exit.Error()
	}
}

var fatalLine = regexp.MustCompile(`(?m)^FATAL: .*$`)

// watch runs a simulation to its end; without a new product for the time-out it
// kills it. It may take so much processor time, if that is not 0.
func (b *Bench) watch(ctx context.Context, folder, products string, out *output, most time.Duration) (hung bool, err error) {
	c := b.simulation(b.path, folder, out)
	c.Limits.Processor = most
	if err := c.Start(ctx); err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	size, since := int64(-1), time.Now()
	for {
		select {
		case err := <-ended:
			return hung, err
		case <-look.C:
			if st, err := os.Stat(products); err == nil && st.Size() != size {
				size, since = st.Size(), time.Now()
			} else if time.Since(since) > b.Timeout && !hung {
				hung = true
				c.Cut()
			}
		}
	}
}
