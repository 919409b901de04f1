package link

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/approxtrain/approxtrain/internal/option"
)

// Program is a kind of program at a port that is no board, as far as its text shows.
type Program int

const (
	SomeProgram   Program = iota // text that no rule below knows
	Modem                        // result codes of AT commands
	LoginPrompt                  // a login or password prompt
	ShellPrompt                  // the prompt of a shell or a console
	PositionInput                // NMEA 0183 sentences: a GPS receiver
)

// String names the program.
func (p Program) String() string {
	return [...]string{"a program that sends text", "an AT-command modem", "a login prompt", "the prompt of a shell or console", "a GPS receiver (NMEA 0183)"}[p]
}

func (p Program) advice() string {
	text := fmt.Sprintf("name the board's port with %v (approxtrain fpga ports lists the ports)", option.Port)
	if p == LoginPrompt || p == ShellPrompt {
		return "the port belongs to another computer's console: " + text
	}
	return text
}

// programs lists the patterns by which programs are recognised, in order.
var programs = []struct {
	pattern *regexp.Regexp
	program Program
}{
	{regexp.MustCompile(`\$(G[A-Z]|BD|Q[A-Z]|PM)[A-Z]{3},`), PositionInput},
	{regexp.MustCompile(`(?i)(login|password|username):[ \t]*[\r\n]*$`), LoginPrompt},
	{regexp.MustCompile(`(^|[\r\n])(OK|ERROR|NO CARRIER|RING|\+CM[ES] ERROR:[^\r\n]*)[\r\n]`), Modem},
	{regexp.MustCompile(`[#$>%] ?$`), ShellPrompt},
}

// leastText is the fewest characters that are taken for text: four random bytes are
// often printable, six seldom.
const leastText = 6

// recognise tells which program sent bytes, and whether they are text.
func recognise(p []byte) (Program, bool) {
	printable := 0
	for _, b := range p {
		if b >= ' ' && b < 0x7f || b == '\n' || b == '\r' || b == '\t' || b == 0x1b {
			printable++
		}
	}
	if len(p) < leastText || printable*10 < len(p)*9 {
		return 0, false
	}
	for _, k := range programs {
		if k.pattern.Match(p) {
			return k.program, true
		}
	}
	return SomeProgram, true
}

// mostText is the largest number of characters of a program's text in a message.
const mostText = 40

// lastText returns the end of a text, for a message.
func lastText(p []byte) string { return string(p[max(0, len(p)-mostText):]) }

// lastBytes returns the last bytes in hex, for a message.
func lastBytes(p []byte) string { return fmt.Sprintf("% x", p[max(0, len(p)-12):]) }

// Printable returns text from outside as printable ASCII, escaped as in a Go string, with at most
// so many characters of it.
func Printable(text []byte, most int) string {
	more := ""
	if utf8.RuneCount(text) > most {
		n := 0
		for range most {
			_, size := utf8.DecodeRune(text[n:])
			n += size
		}
		text, more = text[:n], "..."
	}
	quoted := strconv.QuoteToASCII(string(text))
	return quoted[1:len(quoted)-1] + more
}

// sentBack tells whether a terminal with echo on sent a frame back: it shows control
// characters as a circumflex and a letter, and may change the ends of lines.
func sentBack(frame, received []byte) bool {
	if bytes.Contains(received, frame) {
		return true
	}
	var shown []byte
	for _, b := range frame {
		switch {
		case b == '\n' || b == '\r':
			shown = append(shown, '\r', '\n')
		case b < ' ' && b != '\t' || b == 0x7f:
			shown = append(shown, '^', b^0x40)
		default:
			shown = append(shown, b)
		}
	}
	return bytes.Contains(received, shown)
}
