package cosim

import (
	"regexp"
	"strconv"
	"strings"
)

// Parts that a single-bit port plays by its name.
const (
	roleClock    = "clock"
	roleReset    = "reset"
	roleEnable   = "enable"
	roleInValid  = "operand valid"
	roleInReady  = "operand ready"
	roleOutValid = "product valid"
	roleOutReady = "product ready"
)

var (
	clockName  = regexp.MustCompile(`^((a|ap|sys|core|main)?_?(clk|clock)|ck)\d?$`)
	resetName  = regexp.MustCompile(`^(a|s|ap|sys|core|n)?_?(rst|reset|clr|clear)(_?(n|b|ni|l))?$|^[as]?(rn|cdn|rdn)$`)
	lowName    = regexp.MustCompile(`^n_?(rst|reset|clr|clear)$|(rst|reset|clr|clear)_?(n|b|ni|l)$|^[as]?(rn|cdn|rdn)$`)
	supplyName = regexp.MustCompile(`^(v?pwr|vdd|vcc|vpb)[a-z0-9_]*$`)
	groundName = regexp.MustCompile(`^(v?gnd|vss|vnb)[a-z0-9_]*$`)
	enableName = regexp.MustCompile(`^(clk|clock)?_?(en|ena|enable|ce)$`)
	validName  = regexp.MustCompile(`(^|_)t?(valid|vld|val)$|^(valid|vld)(_|$)`)
	readyName  = regexp.MustCompile(`(^|_)t?(ready|rdy)$|^(ready|rdy)(_|$)`)
	startName  = regexp.MustCompile(`(^|_)(start|go|req|begin|load|ld|stb)$|^en_(start|put|mul|mult|multiply|op|operands|request)$|^btnc$`)
	doneName   = regexp.MustCompile(`(^|_)(done|finish|finished|complete|eoc|stb)$|^end_?(mul|mult|op)$|^led0$|^enable_?output$`)
	ackName    = regexp.MustCompile(`(^|_)(ack|yumi)$`)
	busyName   = regexp.MustCompile(`(^|_)busy$`)
)

// trimSides takes the marks of direction off a port name: i_, o_, _i, _o, _in,
// _out and in_, out_; of a signal of an interface, the interface too.
func trimSides(name string) string {
	if i := strings.LastIndex(name, "."); i >= 0 && i+1 < len(name) {
		name = name[i+1:]
	}
	for _, p := range []string{"i_", "o_", "in_", "out_", "input_", "output_"} {
		if t, ok := strings.CutPrefix(name, p); ok && t != "" {
			name = t
			break
		}
	}
	for _, s := range []string{"_i", "_o", "_in", "_out"} {
		if t, ok := strings.CutSuffix(name, s); ok && t != "" {
			return t
		}
	}
	return name
}

// roleOf returns the part that a single-bit port plays by its name, or "".
func roleOf(name string, dir Direction) string {
	n := trimSides(strings.ToLower(name))
	if dir == In {
		switch {
		case clockName.MatchString(n):
			return roleClock
		case resetName.MatchString(n):
			return roleReset
		case enableName.MatchString(n):
			return roleEnable
		case validName.MatchString(n), startName.MatchString(n), n == "vin", n == "v" && len(name) > 1:
			return roleInValid
		case readyName.MatchString(n), ackName.MatchString(n):
			return roleOutReady
		}
		return ""
	}
	switch {
	case validName.MatchString(n), doneName.MatchString(n), weakValid(name):
		return roleOutValid
	case readyName.MatchString(n), busyName.MatchString(n):
		return roleInReady
	}
	return ""
}

// weakValid says whether an output's name may mean that the product is valid, and means it only if there is an operand
// valid as well.
func weakValid(name string) bool {
	n := trimSides(strings.ToLower(name))
	return n == "vout" || n == "v" && len(name) > 1
}

// stem returns the name of a channel's port without the word for its part: s_axis_a for s_axis_a_tvalid.
func stem(port string) string {
	n := channelWord.ReplaceAllString(trimSides(strings.ToLower(port)), "")
	return strings.Trim(n, "_")
}

var channelWord = regexp.MustCompile(`(^|_)t?(valid|vld|val|ready|rdy|stb|ack|data|dat)($|_)`)

// activeLow says whether a reset's name marks it as active low.
func activeLow(name string) bool {
	return lowName.MatchString(trimSides(strings.ToLower(name)))
}

func isBusy(name string) bool {
	return busyName.MatchString(trimSides(strings.ToLower(name)))
}

var bitName = regexp.MustCompile(`^(.*?[^0-9_\[])(?:\[(\d{1,2})\]|_(\d{1,2})_?|(\d{1,2}))$`)

// splitBit splits the name of a single bit of a flattened vector: a[3], a_3_,
// a_3 or a3 into a and 3.
func splitBit(name string) (stem string, index int, ok bool) {
	g := bitName.FindStringSubmatch(name)
	if g == nil {
		return "", 0, false
	}
	index, err := strconv.Atoi(g[2] + g[3] + g[4])
	return g[1], index, err == nil
}

// inverted says whether two operand names, equal but for one letter or digit,
// stand in descending order: b before a, y before x, op2 before op1.
func inverted(first, second string) bool {
	a, b := strings.ToLower(first), strings.ToLower(second)
	if len(a) != len(b) {
		return false
	}
	differ := 0
	for i := range len(a) {
		if a[i] != b[i] {
			differ++
		}
	}
	return differ == 1 && a > b
}

// powerLevel returns the level of a supply or ground pin by its name.
func powerLevel(name string) (value string, is bool) {
	switch name = strings.ToLower(name); {
	case supplyName.MatchString(name):
		return "1", true
	case groundName.MatchString(name):
		return "0", true
	}
	return "", false
}
