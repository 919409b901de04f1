package golden

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/approxtrain/approxtrain/lut"
)

// tool is the name of the tool in tables made here. It has no version: the models are functions,
// and a digest shows whether they changed.
const tool = "approxtrain golden"

// Table evaluates all operand pairs, GOMAXPROCS rows at a time; the result does
// not depend on how many. It takes about 10 ns a pair: nothing for e8m7, a
// second or less for the largest formats.
func (m Multiplier) Table() *lut.Table {
	t, err := lut.New(m.Name, m.Format)
	if err != nil {
		panic(err) // Lookup lets no format pass that a table cannot hold
	}
	t.Tools = []string{tool}
	var next atomic.Uint32
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for a := next.Add(1) - 1; a < uint32(m.Format.Rows()); a = next.Add(1) - 1 {
				for b := range uint32(m.Format.Cols()) {
					t.Set(a, b, m.Entry(a, b))
				}
			}
		})
	}
	workers.Wait()
	return t
}
