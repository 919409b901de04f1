// Package option names the settings that texts of libraries mention, such as the top module or the learning rate.
//
// A library does not know how its user gives a setting: by a flag, by a key of a file or by a field of a struct. Its
// texts therefore hold an Option, never a flag:
//
//	fault.Usagef("no clock was found: name it with %v", option.Clock)
//
// A program that imports the library reads "name it with option clk". Command approxtrain calls Words when it starts,
// and its user reads "name it with --clk". Start reading at names.go, which lists the options.
package option

import "slices"

// Option is a setting that a text names. It prints as the words for it.
type Option struct {
	name  string
	plain string // the words of a program without words of its own
}

var (
	all   []Option
	words func(name string) string
)

// define adds an option to the list. Its plain words are "option NAME", if none are given.
func define(name, plain string) Option {
	if plain == "" {
		plain = "option " + name
	}
	o := Option{name, plain}
	all = append(all, o)
	return o
}

// Key returns the option for a key of an experiment, such as batch or checkpoint_every. Its plain words are the key.
func Key(key string) Option { return Option{key, key} }

// All returns the options of this package in their order.
func All() []Option { return slices.Clone(all) }

// Name returns the option's name, which is unique and the same in all programs: "top".
func (o Option) Name() string { return o.name }

// String returns the words for the option.
func (o Option) String() string {
	if words != nil {
		return words(o.name)
	}
	return o.plain
}

// Words sets the words for options in all texts of this process: say returns those for the option of a name.
// A program calls it once, before anything else makes a text, since nothing guards against a call at the same time.
func Words(say func(name string) string) { words = say }
