package netlist

import (
	"context"

	"github.com/approxtrain/approxtrain/internal/simd"
)

// Effort counts the word operations of a block, for measurements: Run and Limit do the same number
// of loads, of steps of logic and of stores.
type Effort struct {
	Level      simd.Level
	Operations int // on words
	// Run executes the operations of a block.
	Run func()
	// Limit does so with nothing to find out: always the same operation on the same
	// slots of the first-level cache.
	Limit func()
	// Cycles is the least number that Run takes on a core that loads two vectors and
	// stores one in a cycle, as those of Intel since Haswell, and of AMD since Zen 2, do.
	Cycles float64
	// Clock takes ClockCycles cycles.
	Clock func()
}

// ClockCycles is the number of cycles that Effort.Clock takes.
const ClockCycles = 100_000

// Effort returns the effort of the circuit's product, nil if this machine has
// portable Go only.
func (c *Circuit) Effort(ctx context.Context) (*Effort, error) {
	d, err := c.open(ctx)
	if err != nil || d.tier.limit == nil {
		return nil, err
	}
	e := &Effort{Level: d.tier.level, Operations: len(c.out.code) * blockWords, Clock: func() { clock(ClockCycles) }}
	two, three := 0, 0
	for _, i := range c.out.code {
		vectors := float64(blockWords / d.tier.words)
		if i.op >= opMux && i.op <= opMajN {
			three++
			e.Cycles += 1.5 * vectors
		} else { // copies store as often
			two++
			e.Cycles += vectors
		}
	}
	four := newMemory(&program{slots: 4})
	e.Run = func() { d.tier.run(c.out.code, d.mem) }
	e.Limit = func() { d.tier.limit(max(1, two), max(1, three), four) }
	return e, nil
}
