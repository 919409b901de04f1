package calibrate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
)

const most = math.MaxFloat32

var forms = []device.CodeForm{device.TwosComplement, device.Affine, device.SignMagnitude}

// seen returns a tensor that has seen the numbers in one batch.
func seen(o Options, x ...float32) *Tensor {
	t := New(o)
	t.Batch(x)
	return t
}

// tensors returns numbers of several distributions.
func tensors(n int) map[string][]float32 {
	r := rand.New(rand.NewPCG(1, 2))
	of := func(f func() float64) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(f())
		}
		return x
	}
	all := map[string][]float32{
		"gaussian":    of(r.NormFloat64),
		"uniform":     of(func() float64 { return r.Float64()*3 - 1 }),
		"rectified":   of(func() float64 { return max(0, r.NormFloat64()) }),
		"negative":    of(func() float64 { return -r.ExpFloat64() }),
		"shifted":     of(func() float64 { return 5 + r.Float64() }),
		"heavy tails": of(func() float64 { return r.NormFloat64() / (0.01 + r.Float64()) }),
		"small":       of(func() float64 { return r.NormFloat64() * 0x1p-90 }),
		"large":       of(func() float64 { return max(-1, min(1, r.NormFloat64()/4)) * most }),
		"outliers":    of(r.NormFloat64),
	}
	all["outliers"][n/2], all["outliers"][n/3] = 100, -90
	return all
}

// TestCodes has quantizers worked out by hand.
func TestCodes(t *testing.T) {
	for _, c := range []struct {
		o    Options
		x    []float32
		want device.Quantizer
	}{
		{Options{Form: device.TwosComplement, Bits: 8, Symmetric: true}, []float32{-254, 100},
			device.PerTensor(-128, 127, 2, 0)},
		{Options{Form: device.TwosComplement, Bits: 8, Symmetric: true, Restricted: true}, []float32{-127, 254},
			device.PerTensor(-127, 127, 2, 0)},
		{Options{Form: device.SignMagnitude, Bits: 8}, []float32{-255, 3}, device.PerTensor(-255, 255, 1, 0)},
		{Options{Form: device.SignMagnitude, Bits: 1, Symmetric: true, Restricted: true}, []float32{-3, 2},
			device.PerTensor(-1, 1, 3, 0)},
		{Options{Form: device.Affine, Bits: 8, Symmetric: true}, []float32{-63.5}, device.PerTensor(0, 255, 0.5, 128)},
		{Options{Form: device.Affine, Bits: 8, Symmetric: true, Restricted: true}, []float32{63.5},
			device.PerTensor(1, 255, 0.5, 128)},
		{Options{Form: device.Affine, Bits: 8}, []float32{-55, 200}, device.PerTensor(0, 255, 1, 55)},
		{Options{Form: device.Affine, Bits: 8, Restricted: true}, []float32{-55, 200}, device.PerTensor(0, 255, 1, 55)},
		{Options{Form: device.Affine, Bits: 8}, []float32{51, 102}, device.PerTensor(0, 255, 102.0/255, 0)},
		{Options{Form: device.Affine, Bits: 8}, []float32{-51, -102}, device.PerTensor(0, 255, 102.0/255, 255)},
		{Options{Form: device.Affine, Bits: 2}, []float32{-1.5, 1.5}, device.PerTensor(0, 3, 1, 2)}, // 1.5 to even
		{Options{Form: device.Affine, Bits: 2}, []float32{-2.5, 0.5}, device.PerTensor(0, 3, 1, 2)}, // 2.5 to even
		{Options{Form: device.TwosComplement, Bits: 8}, []float32{-55, 200}, device.PerTensor(-128, 127, 1, -73)},
		{Options{Form: device.TwosComplement, Bits: 1, Symmetric: true}, []float32{-3, 1}, device.PerTensor(-1, 0, 3, 0)},
		{Options{Form: device.Affine, Bits: 1, Symmetric: true}, []float32{-3, 1}, device.PerTensor(0, 1, 3, 1)},
		{Options{Form: device.Affine, Bits: 1}, []float32{3, 1}, device.PerTensor(0, 1, 3, 0)},
		{Options{Form: device.Affine, Bits: 12}, []float32{0, 4095}, device.PerTensor(0, 4095, 1, 0)},
		// Nothing but zeros, or as good as zeros: as a range of 1.
		{Options{Form: device.TwosComplement, Bits: 8, Symmetric: true}, []float32{0, 0},
			device.PerTensor(-128, 127, 1.0/127, 0)},
		{Options{Form: device.Affine, Bits: 8}, []float32{-1e-40, 1e-38}, device.PerTensor(0, 255, 1.0/255, 0)},
		{Options{Form: device.TwosComplement, Bits: 4}, []float32{0}, device.PerTensor(-8, 7, 1.0/15, -8)},
		// The range is no binary32 number.
		{Options{Form: device.Affine, Bits: 8}, []float32{-most, most}, device.PerTensor(0, 255, most/128, 128)},
		{Options{Form: device.Affine, Bits: 1}, []float32{-most, most}, device.PerTensor(0, 1, most, 1)},
		{Options{Form: device.TwosComplement, Bits: 8, Symmetric: true}, []float32{most},
			device.PerTensor(-128, 127, most/128, 0)},
	} {
		c.o.Observer = MinMax
		got, err := seen(c.o, c.x...).Quantizer()
		require.NoError(t, err)
		assert.Equal(t, c.want, got, "%+v of %v", c.o, c.x)
	}
}

// TestSound: whatever the numbers, the form and the bits, codes pass the check, 0 is exact, and every code has a finite
// number. The numbers within the range are no farther from theirs than a scale.
func TestSound(t *testing.T) {
	all := tensors(30)
	all["zeros"] = make([]float32, 10)
	all["negative zeros"] = []float32{float32(math.Copysign(0, -1)), 0}
	all["denormal"] = []float32{1e-45, -1e-44}
	all["negligible"] = []float32{0x1p-101, -0x1p-102}
	all["just not negligible"] = []float32{0x1p-100, -0x1p-100}
	all["greatest"] = []float32{most, -most, 1, 0}
	all["greatest and least"] = []float32{most, 1e-45}
	all["one number"] = []float32{-3}
	all["bits of 12"] = []float32{math.MaxFloat32 / 4095, -most}
	for name, x := range all {
		for _, o := range observers {
			for _, form := range forms {
				for _, bits := range []int{1, 2, 8, 12} {
					if o == Entropy && bits == 12 && name != "greatest" || o == MSE && bits == 2 {
						continue // it takes long
					}
					for s := range 3 {
						o := Options{Observer: o, Form: form, Bits: bits, Symmetric: s > 0, Restricted: s > 1}
						about := fmt.Sprintf("%s %+v", name, o)
						q, err := seen(o, x...).Quantizer()
						if bits == 1 && s > 1 && form != device.SignMagnitude {
							require.ErrorContains(t, err, "1 bit", about)
							continue
						}
						require.NoError(t, err, about)
						require.NoError(t, q.Check(1), about)
						zero := q.Code(0, 0)
						require.Equal(t, q.Zero[0], zero, about)
						require.Zero(t, q.Number(zero, 0), about)
						lo, hi := q.Number(q.Lo, 0), q.Number(q.Hi, 0)
						require.False(t, math.IsInf(float64(lo), 0) || math.IsInf(float64(hi), 0), about)
						require.GreaterOrEqual(t, q.Scale[0], float32(0x1p-113), about)
						for _, v := range x {
							d := math.Abs(float64(v) - float64(q.Number(q.Code(v, 0), 0)))
							if v >= lo && v <= hi {
								require.LessOrEqual(t, d, float64(q.Scale[0])*(0.5+0x1p-11), "%s: %v", about, v)
							}
						}
						if o.Observer == MinMax && bits > 1 && slices.Max(x) < most/2 && slices.Min(x) > -most/2 {
							require.LessOrEqual(t, float64(slices.Max(x)), float64(hi)+0.5001*float64(q.Scale[0]), about)
							if form == device.Affine && !o.Symmetric || o.Symmetric {
								require.GreaterOrEqual(t, float64(slices.Min(x)), float64(lo)-0.5001*float64(q.Scale[0]), about)
							}
						}
					}
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	good := Options{Observer: MinMax, Form: device.Affine, Bits: 8}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, o := range observers {
		g := good
		g.Observer = o
		for want, x := range map[string][]float32{
			"no numbers were seen":                        {},
			"1 of 3 numbers are NaN and 0 are infinite":   {1, nan, 2},
			"0 of 4 numbers are NaN and 2 are infinite":   {1, inf, -inf, 2},
			"1 of 1 numbers are NaN and 0 are infinite":   {nan},
			"0 of 1 numbers are NaN and 1 are infinite: ": {-inf},
		} {
			_, err := seen(g, x...).Quantizer()
			assert.ErrorContains(t, err, want, o)
		}
	}
	for want, change := range map[string]func(o *Options){
		"codes of 0 bits":           func(o *Options) { o.Bits = 0 },
		"codes of 13 bits":          func(o *Options) { o.Bits = 13 },
		"codes of -1 bits":          func(o *Options) { o.Bits = -1 },
		"CodeForm(7)":               func(o *Options) { o.Form = 7 },
		"percentile -1":             func(o *Options) { o.Percentile = -1 },
		"percentile 100.5":          func(o *Options) { o.Percentile = 100.5 },
		"percentile NaN":            func(o *Options) { o.Percentile = math.NaN() },
		"rate 1.5":                  func(o *Options) { o.Rate = 1.5 },
		"rate NaN":                  func(o *Options) { o.Rate = math.NaN() },
		`no observer ""`:            func(o *Options) { o.Observer = "" },
		"restricted codes of 1 bit": func(o *Options) { o.Symmetric, o.Restricted, o.Bits = true, true, 1 },
	} {
		o := good
		change(&o)
		_, err := seen(o, 1).Quantizer()
		assert.ErrorContains(t, err, want)
		_, err = Channels(o, []float32{1, 2}, 2)
		assert.ErrorContains(t, err, want)
	}
}

func TestParseObserver(t *testing.T) {
	for _, o := range observers {
		got, err := ParseObserver(string(o))
		require.NoError(t, err)
		assert.Equal(t, o, got)
	}
	_, err := ParseObserver("minmax")
	assert.EqualError(t, err,
		`no observer "minmax"; did you mean min-max? The observers are min-max, moving-average, percentile, mse, entropy`)
	assert.Equal(t, fault.Usage, fault.Status(err))
	assert.Equal(t, "min-max|moving-average|percentile|mse|entropy", Usage())
}

// TestChannels: the codes of a channel are those of a tensor of its numbers.
func TestChannels(t *testing.T) {
	const channels = 3
	x := tensors(999)["heavy tails"]
	for i := range x {
		x[i] *= []float32{1, 100, 0}[i%channels] // one channel of zeros
	}
	for _, o := range observers {
		for _, form := range forms {
			for _, symmetric := range []bool{false, true} {
				o := Options{Observer: o, Form: form, Bits: 6, Symmetric: symmetric}
				got, err := Channels(o, x, channels)
				require.NoError(t, err)
				require.NoError(t, got.Check(channels))
				require.Len(t, got.Scale, channels)
				for c := range channels {
					var column []float32
					for i := c; i < len(x); i += channels {
						column = append(column, x[i])
					}
					want, err := seen(o, column...).Quantizer()
					require.NoError(t, err)
					assert.Equal(t, want, device.PerTensor(got.Lo, got.Hi, got.ScaleOf(c), got.ZeroOf(c)), "%+v %d", o, c)
				}
				if symmetric {
					assert.Len(t, got.Zero, 1)
				}
			}
		}
	}
	o := Options{Observer: MinMax, Form: device.Affine, Bits: 8}
	for _, c := range []int{0, -1, 2} {
		_, err := Channels(o, x, c)
		assert.ErrorContains(t, err, fmt.Sprintf("999 numbers: expected whole rows of %d channels", c))
	}
	_, err := Channels(o, nil, 2)
	assert.EqualError(t, err, "channel 0: no numbers were seen")
	_, err = Channels(o, []float32{1, float32(math.Inf(-1))}, 2)
	assert.ErrorContains(t, err, "channel 1: ")
}

// FuzzBatches: the order of the numbers and the cut into batches have no effect, nor has counting parts apart. The
// moving average is that of its definition.
func FuzzBatches(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		x := make([]float32, 1+r.IntN(300))
		for i := range x {
			x[i] = float32(r.NormFloat64() * math.Exp2(float64(r.IntN(8))))
			if r.IntN(5) == 0 {
				x[i] = float32(math.Copysign(0, float64(r.IntN(2))-0.5))
			}
		}
		for _, observer := range observers {
			o := Options{Observer: observer, Form: forms[r.IntN(3)], Bits: 2 + r.IntN(7), Symmetric: r.IntN(2) == 0,
				Restricted: r.IntN(2) == 0, Percentile: 90}
			want, err := seen(o, x...).Quantizer()
			require.NoError(t, err)
			y := slices.Clone(x)
			r.Shuffle(len(y), func(i, j int) { y[i], y[j] = y[j], y[i] })
			cut, parts := New(o), New(o)
			var least, greatest float64
			for first := true; len(y) > 0; {
				n := r.IntN(len(y) + 1)
				b := y[:n]
				y = y[n:]
				cut.Batch(b)
				var part Histogram
				part.Add(b)
				part.Merge(&Histogram{})
				parts.all.Merge(&part)
				if n == 0 {
					continue
				}
				b = slices.Sorted(slices.Values(b))
				if first {
					least, greatest = float64(b[0]), float64(b[n-1])
				} else {
					least = least + 0.01*(float64(b[0])-least)
					greatest = greatest + 0.01*(float64(b[n-1])-greatest)
				}
				first = false
			}
			require.Equal(t, parts.all, cut.all)
			if observer == MovingAverage {
				want, err = seen(Options{Observer: MinMax, Form: o.Form, Bits: o.Bits, Symmetric: o.Symmetric,
					Restricted: o.Restricted}, float32(least), float32(greatest)).Quantizer()
				require.NoError(t, err)
				got, err := cut.Quantizer()
				require.NoError(t, err)
				require.InEpsilon(t, want.Scale[0], got.Scale[0], 1e-6)
				require.Equal(t, []int32{want.Lo, want.Hi}, []int32{got.Lo, got.Hi})
				require.InDelta(t, want.Zero[0], got.Zero[0], 1)
				continue
			}
			for _, other := range []*Tensor{cut, parts} {
				got, err := other.Quantizer()
				require.NoError(t, err)
				require.Equal(t, want, got, "%+v", o)
			}
		}
	})
}

// TestBetween: the codes for the extremes of numbers are those that the observer of extremes finds.
func TestBetween(t *testing.T) {
	for name, x := range tensors(64) {
		for _, o := range []Options{
			{Observer: MinMax, Form: device.TwosComplement, Bits: 8, Symmetric: true}, {Observer: MinMax, Form: device.Affine, Bits: 8},
			{Observer: MinMax, Form: device.Affine, Bits: 6, Symmetric: true, Restricted: true}, {Observer: MinMax, Form: device.SignMagnitude, Bits: 4},
		} {
			for _, channels := range []int{1, 4} {
				from, to := make([]float32, channels), make([]float32, channels)
				for c := range channels {
					column := []float32{}
					for i := c; i < len(x); i += channels {
						column = append(column, x[i])
					}
					from[c], to[c] = slices.Min(column), slices.Max(column)
				}
				want, err := Channels(o, x, channels)
				require.NoError(t, err)
				got, err := o.Between(from, to)
				require.NoError(t, err)
				require.Equal(t, want, got, "%s, %+v, %d channels", name, o, channels)
			}
		}
	}
	o := Options{Observer: MinMax, Form: device.Affine, Bits: 8}
	nan := float32(math.NaN())
	for _, ends := range [][2][]float32{{{1}, {0}}, {{nan}, {1}}, {{0}, {nan}}, {{0}, {float32(math.Inf(1))}}, {{}, {}}, {{0}, {1, 2}}} {
		_, err := o.Between(ends[0], ends[1])
		require.Error(t, err, "%v", ends)
	}
}
