package gateware

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

//go:embed boards.yaml
var boardsFile []byte

// Board is a row of boards.yaml.
type Board struct {
	Name    string `yaml:"name"`
	Title   string `yaml:"title"`
	Device  string `yaml:"device"`
	Package string `yaml:"package"`
	ClockHz int    `yaml:"clock"`
	Loader  string `yaml:"loader"`
}

// Top returns the board's top module, in the file of that name.
func (b Board) Top() string { return "board_" + b.Name }

// Boards returns the boards in their order.
var Boards = sync.OnceValue(func() []Board {
	var all []Board
	if err := yaml.UnmarshalWithOptions(boardsFile, &all, yaml.Strict()); err != nil {
		panic(fmt.Sprintf("boards.yaml, which is part of the program: %v", err))
	}
	return all
})

// FindBoard returns the board of a name.
func FindBoard(name string) (Board, error) {
	var names []string
	for _, b := range Boards() {
		if b.Name == name {
			return b, nil
		}
		names = append(names, b.Name)
	}
	return Board{}, fault.Usagef("%v %q: there are %s", option.BoardName, name, strings.Join(names, ", "))
}
