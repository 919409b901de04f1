package sandbox

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// engines runs a test with each engine that this machine has. In CI there must be one that
// keeps programs apart.
func engines(t *testing.T, f func(t *testing.T, e Engine)) {
	usual := engine
	t.Cleanup(func() { engine = usual })
	apart := 0
	for _, e := range []Engine{Bubblewrap, Landlock, None} {
		t.Run(string(e), func(t *testing.T) {
			c := chosen{engine: None}
			var err error
			switch e {
			case Bubblewrap:
				c, err = bubblewrap()
			case Landlock:
				c, err = landlocked()
			}
			if err != nil {
				t.Skip(err)
			}
			if e != None {
				apart++
			}
			c.filters, c.watches = systemCalls()
			engine = func() (chosen, error) { return c, nil }
			f(t, e)
		})
	}
	if os.Getenv("CI") != "" {
		require.NotZero(t, apart)
	}
}
