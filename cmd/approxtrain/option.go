package main

import (
	"strings"

	"github.com/approxtrain/approxtrain/internal/option"
)

// The texts of all packages name options by their flags.
func init() { option.Words(flagOf) }

// flagOf returns how texts name an option: the flag of its name, or what else gives it on the command line.
func flagOf(name string) string {
	switch name {
	case "include":
		return "-I"
	case "define":
		return "-D"
	case "param":
		return "-G"
	case "multipliers": // the key of an experiment
		return "--mult"
	case option.Continue.Name():
		return "approxtrain train --resume"
	case option.MakeTable.Name():
		return "approxtrain lut --c"
	}
	return "--" + strings.ReplaceAll(name, "_", "-")
}
