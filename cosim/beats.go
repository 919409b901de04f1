package cosim

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

const (
	beatsTop = "approxtrain_beats"
	// Ports of that module in place of the design's.
	beatsA, beatsB, beatsP = "approxtrain_a", "approxtrain_b", "approxtrain_p"
	beatsValid             = "approxtrain_pair_valid"
	beatsReady             = "approxtrain_pair_ready"
	beatsOutValid          = "approxtrain_product_valid"

	mostBeats = 128 // of an operand or product

	inTurn = "turns" // in the text of Beats
)

// Beats says in how many clock cycles operands and product pass through their ports. If both operands share a port, one
// comes after the other.
type Beats struct {
	A, B, P Beat
	BFirst  bool // on a port that both operands share
	InTurn  bool // on such a port, the parts of a and b take turns: a0, b0, a1, b1
}

// Beat is an operand or product in Count parts of as many bits as its port has, 1 or more. HighFirst says whether the
// part of the most significant bits comes first; Ordered, whether the user said so, or it does not matter.
type Beat struct {
	Count     int
	HighFirst bool
	Ordered   bool
}

// order returns the word for the order.
func (b Beat) order() string {
	if b.HighFirst {
		return "msb"
	}
	return "lsb"
}

var beatName = regexp.MustCompile(`^([abp])=(\d+)(?::(lsb|msb))?$`)

// ParseBeats reads "a=2,b=2,p=4,lsb": the number of clock cycles of each operand and of the product, 1 if it is not
// named. Operands that share a port come in the order of the text. "lsb" or "msb" says which bits come first, of one
// part alone after a colon: "p=4:msb". "turns" says that operands that share a port come in turns, a part of each.
func ParseBeats(text string) (Beats, error) {
	var b Beats
	parts := map[string]*Beat{"a": &b.A, "b": &b.B, "p": &b.P}
	wrong := func(why string) (Beats, error) {
		return b, fault.Usagef("%v %s: %s; expected clock cycles of a, b and p and the part that comes first, such as "+
			"a=2,b=2,p=4,lsb", option.Beats, text, why)
	}
	all := ""
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == inTurn {
			b.InTurn = true
			continue
		}
		if item == "lsb" || item == "msb" {
			if all != "" {
				return wrong("two orders")
			}
			all = item
			continue
		}
		g := beatName.FindStringSubmatch(item)
		if g == nil {
			return wrong(fmt.Sprintf("%q is none of a=N, b=N, p=N, lsb, msb and %s", item, inTurn))
		}
		n, err := strconv.Atoi(g[2])
		if err != nil || n < 1 || n > mostBeats {
			return wrong(fmt.Sprintf("%s is not from 1 to %d", g[2], mostBeats))
		}
		to := parts[g[1]]
		if to.Count != 0 {
			return wrong(g[1] + " twice")
		}
		b.BFirst = b.BFirst || g[1] == "b" && b.A.Count == 0
		*to = Beat{Count: n, HighFirst: g[3] == "msb", Ordered: g[3] != ""}
	}
	for _, to := range parts {
		switch {
		case to.Count < 2:
			*to = Beat{Count: 1, Ordered: true}
		case !to.Ordered && all != "":
			to.HighFirst, to.Ordered = all == "msb", true
		}
	}
	if b.InTurn && (b.A.Count != b.B.Count || b.A.Count == 1) {
		return wrong(fmt.Sprintf("operands that come in turns have as many parts, 2 or more, not %d and %d", b.A.Count, b.B.Count))
	}
	return b, nil
}

// String returns the text that ParseBeats reads.
func (b Beats) String() string {
	names := []string{"a", "b", "p"}
	of := []Beat{b.A, b.B, b.P}
	if b.BFirst {
		names[0], names[1], of[0], of[1] = "b", "a", b.B, b.A
	}
	var several []Beat
	for _, p := range of {
		if p.Count > 1 && p.Ordered {
			several = append(several, p)
		}
	}
	same := !slices.ContainsFunc(several, func(p Beat) bool { return p.HighFirst != several[0].HighFirst })
	var out []string
	for i, p := range of {
		item := fmt.Sprintf("%s=%d", names[i], p.Count)
		if !same && p.Count > 1 && p.Ordered {
			item += ":" + p.order()
		}
		out = append(out, item)
	}
	if same && len(several) > 0 {
		out = append(out, several[0].order())
	}
	if b.InTurn {
		out = append(out, inTurn)
	}
	return strings.Join(out, ",")
}

// Ordered says whether it is known which bits come first.
func (b Beats) Ordered() bool { return b.A.Ordered && b.B.Ordered && b.P.Ordered }

// beaten is how a design with beats is driven, as its user sees it.
type beaten struct {
	Beats
	inferred bool
	valid    string // ports in place of beatsValid, beatsReady and beatsOutValid
	ready    string
	out      string
	// why says how the order is known, for Describe; empty if the user said it.
	why string
}

// words describes the beats: "operands in 4 beats (a, then b, low bits first), the product in 4 (low bits first)".
func (b *beaten) words(shared bool) string {
	first := func(p Beat) string {
		switch {
		case !p.Ordered, p.Count == 1:
			return ""
		case p.HighFirst:
			return ", high bits first"
		}
		return ", low bits first"
	}
	var s string
	if shared {
		x, y := "a", "b"
		if b.BFirst {
			x, y = y, x
		}
		then := "then"
		if b.InTurn {
			then = "in turns with"
		}
		s = fmt.Sprintf("operands in %d beats (%s, %s %s%s)", b.A.Count+b.B.Count, x, then, y, first(b.A))
		if b.A.HighFirst != b.B.HighFirst {
			s = fmt.Sprintf("operands in %d beats (%v)", b.A.Count+b.B.Count, b.Beats)
		}
	} else {
		s = fmt.Sprintf("a in %d beats%s, b in %d%s", b.A.Count, first(b.A), b.B.Count, first(b.B))
	}
	if b.P.Count > 1 {
		s += fmt.Sprintf(", the product in %d%s", b.P.Count, first(b.P))
	}
	return s
}
