package bench

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestContest: contestants take turns, the best rate counts, an error and an
// interrupt end it.
func TestContest(t *testing.T) {
	order := ""
	fake := func(name string, rates ...float64) *contestant {
		return &contestant{name: name, round: func() (float64, error) {
			order += name
			if len(rates) == 0 {
				return 0, errors.New("no more")
			}
			rate := rates[0]
			rates = rates[1:]
			time.Sleep(turn)
			return rate, nil
		}}
	}
	a, b := fake("a", 1, 3, 2), fake("b", 5, 4, 4)
	require.NoError(t, contest(t.Context(), 3, a, b))
	require.Equal(t, "ababab", order)
	require.Equal(t, 3.0, a.best)
	require.Equal(t, 5.0, b.best)
	require.ErrorContains(t, contest(t.Context(), 1, a, b), "a: no more")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	require.ErrorIs(t, contest(ctx, 1, b), context.Canceled)
}
