package emulator_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"approxtrain/cosim"
	"approxtrain/fpga"
	"approxtrain/fpga/faults"
	"approxtrain/fpga/gateware"
	"approxtrain/fpga/link"
	"approxtrain/golden"
	"approxtrain/lut"
)

var (
	soakRuns = flag.Int("soak", 0, "runs of TestSoak (default: each scenario once)")
	soakSeed = flag.Uint64("soak-seed", 1, "first seed of TestSoak")
)

// scenario is something that goes wrong, and how a check may end then other than
// with the right answer.
type scenario struct {
	name   string
	set    func(r *rand.Rand, f *faults.Faults, o *fpga.Options)
	causes []link.Cause
	text   string // in the error
	never  bool   // ends with the right answer
}

const usual = 1e-3 // the chance of a fault a byte that has to be borne

func scenarios() []scenario {
	type set = func(r *rand.Rand, f *faults.Faults, o *fpga.Options)
	return []scenario{
		{name: "clean", set: func(*rand.Rand, *faults.Faults, *fpga.Options) {}},
		{name: "flips", set: func(_ *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.Flip = usual }},
		{name: "drops", set: func(_ *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.Drop = usual }},
		{name: "duplicates", set: func(_ *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.Duplicate = usual }},
		{name: "insertions", set: func(_ *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.Insert = usual }},
		{name: "everything", set: func(_ *rand.Rand, f *faults.Faults, _ *fpga.Options) {
			f.Flip, f.Drop, f.Duplicate, f.Insert = usual, usual, usual, usual
			f.Stall, f.StallFor = 0.01, 50*time.Millisecond
		}, causes: []link.Cause{link.Noisy}},
		{name: "stalls", set: func(r *rand.Rand, f *faults.Faults, _ *fpga.Options) {
			f.Stall, f.StallFor = 0.02, time.Duration(r.IntN(300))*time.Millisecond
		}},
		{name: "garbage first", set: set(func(r *rand.Rand, f *faults.Faults, _ *fpga.Options) {
			f.Before = "\x7e\x10U-Boot 2024.01\r\nHit any key to stop autoboot: 3 \x7d\x7e~~~"
			if r.IntN(2) == 0 {
				f.Before = string(link.Frame{Version: link.Version, Command: link.CmdStream, Sequence: byte(r.IntN(5)), Payload: []byte(f.Before)}.Append(nil))
			}
		})},
		{name: "disconnect", set: func(r *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.CutAfter = 1 + r.IntN(200) },
			causes: []link.Cause{link.Disconnected}, never: true},
		{name: "another rate", set: func(r *rand.Rand, _ *faults.Faults, o *fpga.Options) {
			o.OpenBaud = []int{9600, 57600, 230_400, 1_000_000}[r.IntN(4)]
		}, causes: []link.Cause{link.Silent, link.Unreadable}, text: "use --open-baud 115200", never: true},
		{name: "nothing there", set: func(_ *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.Drop = 1 }, causes: []link.Cause{link.Silent}, never: true},
		{name: "another build", set: func(_ *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.Flip = usual }, text: "another multiplier is on the board", never: true},
	}
}

// TestSoak lets the line to an emulated board do everything that lines do, each run
// from a seed. Each ends with the right answer, or with an error that names the
// cause: no wrong product passes, and no right one is called wrong.
func TestSoak(t *testing.T) {
	g, err := golden.Lookup("mbm_e8m5")
	require.NoError(t, err)
	right := g.Table()
	boards := []*gateware.Multiplier{
		opened(t, source(t, fmt.Sprintf(mutant, "16'h0")), cosim.Float, g.Format),
		opened(t, source(t, fmt.Sprintf(mutant, "a[4:0] == 9 && b[4:0] == 17 ? 16'h4 : 16'h0")), cosim.Float, g.Format),
	}
	all := scenarios()
	runs := *soakRuns
	if runs == 0 {
		runs = len(all)
	}
	lost, outcomes := 0, map[string]int{}
	for i := range runs {
		s, seed := all[i%len(all)], *soakSeed+uint64(i)
		r := rand.New(rand.NewPCG(seed, 4))
		wrong := r.IntN(2)
		mode := []fpga.Mode{fpga.CRC, fpga.Stream, fpga.Batch}[r.IntN(3)]
		f, o := faults.Faults{Seed: seed}, fpga.Options{Baud: []int{0, 1_000_000}[r.IntN(2)]}
		s.set(r, &f, &o)
		t.Run(fmt.Sprintf("%d %s %s %d wrong", seed, s.name, mode, wrong), func(t *testing.T) {
			want := *right
			if s.name == "another build" {
				want.Sources = []lut.Source{{Path: "x.v", SHA256: fmt.Sprintf("%064d", 1)}}
			}
			res, err := compare(t, plugIn(t, boards[wrong], f), o, &want, mode)
			if err != nil {
				var e *link.Error
				named := errors.As(err, &e) && slices.Contains(s.causes, e.Cause) || s.text != "" && strings.Contains(err.Error(), s.text)
				require.True(t, named, "%v", err)
				outcomes[s.name+": error"]++
				return
			}
			outcomes[s.name+": right answer"]++
			require.False(t, s.never, "an answer where there can be none")
			lost += res.Link.Bad() + res.Link.Retries
			require.Len(t, res.Wrong, wrong)
			require.Equal(t, wrong == 0, res.Equal())
			require.EqualValues(t, 1024, res.Pairs.Compared)
			if wrong > 0 {
				require.Equal(t, [2]uint32{9, 17}, [2]uint32{res.Wrong[0].A, res.Wrong[0].B})
			}
		})
	}
	assert.NotZero(t, lost, "a line of faults that lost nothing")
	t.Logf("%d runs, %d frames or requests lost: %v", runs, lost, outcomes)
}

// mutant is MBM of five mantissa bits with wrong bits where a condition says so.
const mutant = `module mul (input [13:0] a, input [13:0] b, output [13:0] p);
  wire [13:0] right;
  fp_mul #(.M(5), .DESIGN("mbm")) u_mul (.a_i(a), .b_i(b), .p_o(right));
  wire [15:0] wrong = %s;
  assign p = right ^ wrong[13:0];
endmodule`
