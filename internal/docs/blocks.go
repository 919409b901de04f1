// Package docs reads the project's Markdown pages and their commands, for tests.
//
// The tests run the commands, compare the outputs that a page shows, and check lines and links. This package runs
// nothing itself.
//
// The first word after ``` is the kind of a block:
//
//	sh       commands, one a line; the words after it are marks (see [Block.Marks])
//	output   what the sh block before it prints on standard output; … stands for text that varies
//	stderr   the same for standard error, of which it may show a part
//	text     anything else that is not run
//	others   the contents of a file, named by the next word: ```verilog mul.v
//
// Start reading at [Parse].
package docs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Block is a fenced block of a page.
type Block struct {
	Page  string
	Line  int      // of the opening fence, from 1
	Kind  string   // first word of the info string
	Words []string // the others: marks of an sh block, or the name of a file
	Text  string   // the lines between the fences, each with its newline
}

// Where is the place of a block for messages: README.md:12.
func (b Block) Where() string { return fmt.Sprintf("%s:%d", b.Page, b.Line) }

// Marks that keep an sh block from being run, each with its reason.
var skipped = map[string]string{
	"board":   "needs a board on a serial port",
	"gpu":     "needs a GPU",
	"network": "downloads files or installs packages",
	"long":    "takes minutes or hours",
}

const needs = "needs="

// Marks is what the info string of an sh block says about running it.
type Marks struct {
	Skip       string // why no test runs the block, empty if one does
	Needs      string // a tool without which it can't run
	Background bool   // its only command serves until the page ends
}

// Marks reads the words after sh.
func (b Block) Marks() (m Marks, err error) {
	for _, w := range b.Words {
		switch {
		case skipped[w] != "":
			m.Skip = skipped[w]
		case strings.HasPrefix(w, needs):
			m.Needs = strings.TrimPrefix(w, needs)
		case w == "background":
			m.Background = true
		default:
			return m, fmt.Errorf("%s: unknown mark %q of an sh block", b.Where(), w)
		}
	}
	return m, nil
}

const fence = "```"

// Parse returns the fenced blocks of a page in their order. A fence without a kind, or without an end, is an error.
func Parse(page, text string) (blocks []Block, err error) {
	var open *Block
	for i, line := range strings.Split(text, "\n") {
		switch {
		case open == nil && strings.HasPrefix(line, fence):
			words := strings.Fields(strings.TrimLeft(line, "`"))
			if len(words) == 0 {
				return nil, fmt.Errorf("%s:%d: a block without a kind; write %ssh, for example", page, i+1, fence)
			}
			open = &Block{Page: page, Line: i + 1, Kind: words[0], Words: words[1:]}
		case open != nil && strings.TrimSpace(line) == fence:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.Text += line + "\n"
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%s: the block has no end", open.Where())
	}
	return blocks, nil
}

// Command is one command of an sh block.
type Command struct {
	Page   string
	Line   int
	Text   string
	Status int // the exit status that a comment announces ("# exit status 1"), else 0
}

var status = regexp.MustCompile(`#.*\bexit status (\d+)`)

// Commands returns the commands of an sh block: one for each line, or for several lines that end in \.
func (b Block) Commands() (list []Command) {
	var parts []string
	for i, line := range strings.Split(b.Text, "\n") {
		if len(parts) == 0 && (strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#")) {
			continue
		}
		if parts = append(parts, line); strings.HasSuffix(line, `\`) {
			continue
		}
		c := Command{Page: b.Page, Line: b.Line + 2 + i - len(parts), Text: strings.Join(parts, "\n")}
		if m := status.FindStringSubmatch(c.Text); m != nil {
			c.Status, _ = strconv.Atoi(m[1]) // digits
		}
		list, parts = append(list, c), nil
	}
	return list
}
