package icarus

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// writeOperands writes the testbench's input: a number that it gives back at the end, the number
// of pairs, the pairs, all big-endian.
func writeOperands(path string, check uint64, x, y []uint32) error {
	data := make([]byte, 0, 16+8*len(x))
	data = binary.BigEndian.AppendUint64(data, check)
	data = binary.BigEndian.AppendUint64(data, uint64(len(x)))
	for i := range x {
		data = binary.BigEndian.AppendUint32(data, x[i])
		data = binary.BigEndian.AppendUint32(data, y[i])
	}
	return os.WriteFile(path, data, 0o600)
}

// results is the content of the file of products.
type results struct {
	products []Product
	ended    bool    // the testbench came to its end
	never    string  // a record of a handshake that was not answered
	port     string  // a record of a handshake port that is x or z,
	value    Product // and its value
}

// readProducts reads the file of products. A line that the testbench cannot have
// written there is an error; that lines are missing is for the caller to see.
func readProducts(path string, check uint64, width, pairs int) (r results, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return r, nil // it ended before the testbench began
	} else if err != nil {
		return r, fmt.Errorf("reading the products of a simulation: %w", err)
	}
	defer f.Close()
	number := -1
	strange := func(line string) error {
		return fmt.Errorf("line %d of the products of a simulation is %q, which the testbench does not write there: "+
			"the design may have written it", number+2, line)
	}
	for in := bufio.NewReader(f); ; number++ {
		line, err := in.ReadString('\n')
		if err == io.EOF { // behind a line that a killed simulation has begun, too
			return r, nil
		} else if err != nil {
			return r, fmt.Errorf("reading the products of a simulation: %w", err)
		}
		line = strings.TrimSuffix(line, "\n")
		word, value, _ := strings.Cut(line, " ")
		switch {
		case r.ended || r.never != "" || r.port != "":
			return r, strange(line)
		case number == -1:
			if line != recordHead {
				return r, strange(line)
			}
		case word == recordEnd:
			if number != pairs || value != strconv.FormatUint(check, 10) {
				return r, strange(line)
			}
			r.ended = true
		case (word == recordReady || word == recordValid) && value == "" && number < pairs:
			r.never = word
		case (word == recordReadyUnknown || word == recordValidUnknown) && number < pairs:
			p, ok := parse(value, 1)
			if !ok || p.Known() {
				return r, strange(line)
			}
			r.port, r.value = word, p
		default:
			p, ok := parse(value, width)
			if !ok || number >= pairs || word != strconv.Itoa(number) {
				return r, strange(line)
			}
			r.products = append(r.products, p)
		}
	}
}

// parse reads bits as %b prints them, most significant first.
func parse(s string, width int) (p Product, ok bool) {
	if len(s) != width {
		return p, false
	}
	for i := range len(s) {
		p.Value, p.X, p.Z = p.Value<<1, p.X<<1, p.Z<<1
		switch s[i] {
		case '0':
		case '1':
			p.Value |= 1
		case 'x', 'X':
			p.X |= 1
		case 'z', 'Z':
			p.Z |= 1
		default:
			return p, false
		}
	}
	return p, true
}

// output keeps the last bytes that a simulation prints, and notes messages of $readmemh and
// $readmemb about missing files.
type output struct {
	mu      sync.Mutex
	tail    []byte
	line    []byte
	lacking string
}

const tailSize = 2048

var missingLine = regexp.MustCompile(`^(?:ERROR|WARNING): (.*\$readmem[bh]: Unable to open .*)$`)

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tail = append(o.tail, p...)
	if n := len(o.tail) - tailSize; n > 0 {
		o.tail = append(o.tail[:0], o.tail[n:]...)
	}
	for _, c := range p {
		switch {
		case c == '\n':
			if g := missingLine.FindSubmatch(o.line); g != nil && o.lacking == "" {
				o.lacking = string(g[1])
			}
			o.line = o.line[:0]
		case len(o.line) < 8192:
			o.line = append(o.line, c)
		}
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(string(o.tail))
}

// missing returns the first message about a missing file, "" if there was none.
func (o *output) missing() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lacking
}
