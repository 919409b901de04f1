package cosim

import (
	"slices"
	"strings"
)

// parametersOf returns the parameters of a module in preprocessed text, in order.
func parametersOf(text, top string) (names []string) {
	s := newTokens(text)
	for t := s.next(); t != ""; t = s.next() {
		if t != "module" && t != "macromodule" || s.next() != top {
			continue
		}
		depth, last, open := 0, "", false // open: behind the word parameter
		for t := s.next(); t != "" && t != "endmodule"; t = s.next() {
			switch t {
			case "parameter":
				open, last = true, ""
			case "localparam", "input", "output", "inout":
				open = false
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				if depth--; open && depth == 0 && t == ")" {
					open = false
				}
			case "=":
				if open && last != "" && !slices.Contains(names, last) {
					names = append(names, last)
				}
				last = ""
			case ";":
				open = false
			default:
				if isIdentifier(t) && !keywords[t] {
					last = t
				}
			}
		}
		break
	}
	return names
}

const noParameter = "Parameters from the command line were not found in the design"

// parameterHint lists the parameters of a top, for an error about one that it has not.
func parameterHint(err error, text, top string) string {
	if !strings.Contains(err.Error(), noParameter) {
		return ""
	}
	if names := parametersOf(text, top); len(names) > 0 {
		return "\n  (the parameters of " + top + " are " + strings.Join(names, ", ") + ")"
	}
	return "\n  (" + top + " has no parameters)"
}
