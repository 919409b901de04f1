package emulator_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/approxtrain/approxtrain/cosim"
	"github.com/approxtrain/approxtrain/fpga"
	"github.com/approxtrain/approxtrain/fpga/emulator"
	"github.com/approxtrain/approxtrain/fpga/faults"
	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/lut"
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
		{name: "disconnect", set: func(r *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.CutAfter = 1 + r.IntN(120) },
			causes: []link.Cause{link.Disconnected}, never: true},
		{name: "another rate", set: func(r *rand.Rand, _ *faults.Faults, o *fpga.Options) {
			o.OpenBaud = []int{9600, 57600, 230_400, 1_000_000}[r.IntN(4)]
		}, causes: []link.Cause{link.Silent, link.Unreadable}, text: "use option open-baud 115200", never: true},
		{name: "nothing there", set: func(_ *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.Drop = 1 }, causes: []link.Cause{link.Silent}, never: true},
		{name: "another build", set: func(_ *rand.Rand, f *faults.Faults, _ *fpga.Options) { f.Flip = usual }, text: "another multiplier is on the board", never: true},
	}
}

// soakOptions are those of the boards: with a slow clock, which still makes 230,400
// baud, a second of a board takes a quarter of the time to simulate that it takes with
// the usual one.
var soakOptions = emulator.Options{ClockHz: 1_000_000}

// soakDesign is a multiplier whose wrong product is chosen when its simulation starts.
type soakDesign struct {
	golden, product string
	kind            cosim.Kind
}

var soakDesigns = []soakDesign{
	{"exact_u4", "a * b", cosim.Unsigned},
	{"mbm_e8m5", "", cosim.Float},
}

// chosen is a design with a product whose place and error are chosen at the start.
const chosen = `module mul (input [%[1]d:0] a, input [%[1]d:0] b, output [%[2]d:0] p);
  integer wrong_a, wrong_b, wrong_bits;
  initial begin
    if (!$value$plusargs("wrong_a=%%d", wrong_a)) wrong_a = -1;
    if (!$value$plusargs("wrong_b=%%d", wrong_b)) wrong_b = -1;
    if (!$value$plusargs("wrong_bits=%%d", wrong_bits)) wrong_bits = 0;
  end
  wire [%[2]d:0] right;
  %[3]s
  wire here = 32'(a%[4]s) == wrong_a && 32'(b%[4]s) == wrong_b;
  assign p = right ^ (here ? wrong_bits[%[2]d:0] : '0);
endmodule`

// program builds a design and returns its program, and its table.
func (d soakDesign) program(t *testing.T) (emulator.Program, *lut.Table) {
	g, err := golden.Lookup(d.golden)
	require.NoError(t, err)
	f := g.Format
	text := fmt.Sprintf(chosen, f.A-1, 2*f.A-1, "assign right = "+d.product+";", "")
	if d.kind == cosim.Float {
		bits := 9 + f.A
		text = fmt.Sprintf(chosen, bits-1, bits-1, fmt.Sprintf(`fp_mul #(.M(%d), .DESIGN("mbm")) u_mul (.a_i(a), .b_i(b), .p_o(right));`, f.A),
			fmt.Sprintf("[%d:0]", f.A-1))
	}
	program, err := emulator.Build(t.Context(), opened(t, source(t, text), d.kind, f), soakOptions)
	require.NoError(t, err)
	return program, g.Table()
}
