package proof

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/lut"
)

func TestParseLimitsRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"mred":             `"mred": expected a number from 0 up, as in mred=3%`,
		"mred=3":           `"mred=3": expected percent, as in mred=3%`,
		"mred=0.03,wce=12": `expected percent`,
		"error=3%":         `"error=3%": expected FIGURE=VALUE with one of the figures mred, wcre, ep, nmed, bias, mae, wce, mse`,
		"mred=NaN%":        `expected a number from 0 up`,
		"mred=inf%":        `expected a number from 0 up`,
		"mred=-1%":         `expected a number from 0 up`,
		"mse=3%":           `"mse=3%": expected a number, as in mse=12`,
		"mred=3%,":         `"": expected FIGURE=VALUE`,
		"wce=1,wce=2%":     `wce is given twice`,
		"MRED=3%":          `"MRED=3%": expected FIGURE=VALUE`,
		"mae_percent=3":    `expected FIGURE=VALUE`,
		"=3%":              `expected FIGURE=VALUE`,
	} {
		_, err := ParseLimits(text)
		require.ErrorContains(t, err, want, text)
		assert.Equal(t, fault.Usage, fault.Status(err))
	}
}

// An error that is no finite number is within no limit.
func TestLimitsOfSpecialProducts(t *testing.T) {
	for _, name := range LimitedFigures() {
		text := name + "=1"
		if _, err := ParseLimits(text); err != nil {
			text += "%"
		}
		all, err := ParseLimits(text)
		require.NoError(t, err)
		for special, within := range map[int]bool{0: true, 1: name == "ep" || name == "wrong_zero"} {
			r := &Limited{Compared: 4, Metrics: lut.Metrics{Pairs: 4, WrongSpecial: special}}
			r.judge(all)
			assert.Equal(t, within, r.Within(), "%s %d", text, special)
		}
	}
}

// Every figure is compared with the field of the metrics that has its name: a limit at the figure passes, the next
// number below fails, and so does each kind of figure that is no number.
func TestLimits(t *testing.T) {
	metrics := lut.Metrics{MRED: .01, WCRE: .02, EP: .03, NMED: .04, Bias: -.05, MAE: 6, WCE: 7, MSE: 8,
		MAEPercent: 9, WCEPercent: 10}
	figures := map[string]*float64{"mred": &metrics.MRED, "wcre": &metrics.WCRE, "ep": &metrics.EP, "nmed": &metrics.NMED,
		"bias": &metrics.Bias, "mae": &metrics.MAE, "wce": &metrics.WCE, "mse": &metrics.MSE,
		"mae_percent": &metrics.MAEPercent, "wce_percent": &metrics.WCEPercent}
	judge := func(l Limit) *Limited {
		r := &Limited{Compared: 4, Metrics: metrics}
		r.judge([]Limit{l})
		return r
	}
	n := 0
	for text, at := range map[string]float64{"mred=1%": .01, "wcre=2%": .02, "ep=3%": .03, "nmed=4%": .04, "bias=5%": .05,
		"mae=6": 6, "wce=7": 7, "mse=8": 8, "mae=9%": 9, "wce=10%": 10} {
		all, err := ParseLimits(text)
		require.NoError(t, err)
		require.Len(t, all, 1)
		l := all[0]
		assert.Equal(t, at, l.Most, text)
		assert.True(t, judge(l).Within(), text)
		assert.Equal(t, text, LimitsText(all))
		below := l
		below.Most = math.Nextafter(l.Most, 0)
		assert.False(t, judge(below).Within(), text)
		assert.Len(t, judge(below).Beyond(), 1)

		field := figures[l.Figure]
		require.NotNil(t, field, text)
		kept := *field
		for _, odd := range []float64{math.NaN(), math.Inf(1)} {
			*field = odd
			r := judge(l)
			assert.False(t, r.Within(), "%s with %g", text, odd)
			assert.Nil(t, r.Figures[0].Value)
			assert.Contains(t, r.Figures[0].String(), "no number")
			_, err := json.Marshal(r.Figures)
			assert.NoError(t, err)
		}
		*field = kept
		n++
	}
	assert.Equal(t, 10, n)

	// No product, no figure, and a figure that there is not, are no pass.
	all, err := ParseLimits("mred=100%,wce=100%")
	require.NoError(t, err)
	r := &Limited{Metrics: metrics}
	r.judge(all)
	assert.False(t, r.Within())
	assert.False(t, (&Limited{Compared: 4, Metrics: metrics}).Within())
	assert.False(t, judge(Limit{Figure: "none", Most: 1e300}).Within())
}

// A figure that exceeds its limit is never printed as the limit.
func TestJudgedString(t *testing.T) {
	for _, c := range []struct {
		limit, want string
		m           lut.Metrics
	}{
		{"mred=3%", "mred 3.000000001 % (limit 3 %)", lut.Metrics{MRED: .03000000001}},
		{"mred=4%", "mred 3 % (limit 4 %)", lut.Metrics{MRED: .03000000001}},
		{"nmed=0.02%", "nmed 0.02778 % (limit 0.02 %)", lut.Metrics{NMED: 1. / 3600}},
		{"mse=0.33333333", "mse 0.333333333 (limit 0.33333333)", lut.Metrics{MSE: 1. / 3}},
		{"mae=1234567", "mae 1.235e+06 (limit 1234567)", lut.Metrics{MAE: 1234567.9}},
		{"wce=12", "wce 13 (limit 12)", lut.Metrics{WCE: 13}},
		{"mae=1.5%", "mae 2.25 % (limit 1.5 %)", lut.Metrics{MAEPercent: 2.25}},
	} {
		all, err := ParseLimits(c.limit)
		require.NoError(t, err)
		r := &Limited{Compared: 1, Metrics: c.m}
		r.judge(all)
		assert.Equal(t, c.want, r.Figures[0].String())
	}
}
