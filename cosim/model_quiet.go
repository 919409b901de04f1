package cosim

import (
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// A model is quiet if no instruction of it can change the floating-point environment: it has none that
// writes the control registers, and calls nothing outside of itself but misfit, which does not return. The harness
// compares the environment after every call of another model, which takes three times as long as a short model.
// The compiler's assembly says it, and is then assembled: what is proven is what runs.

// quietMark defines the symbol that tells dut_model.h so.
const quietMark = `
	.section .rodata
	.globl approxtrain_model_quiet
	.balign 4
approxtrain_model_quiet:
	.long 1
`

// misfit is the harness's function that a model's adapter calls.
const misfit = "approxtrain_model_misfit"

// writers are parts of the names of instructions of x86-64 that write MXCSR or the control word of the x87, or
// ask the system for something.
var writers = []string{
	"ldmxcsr", "fldcw", "fldenv", "stenv", "rstor", "finit", "fninit", "fsave", "fnsave", "sys", "int", "iret",
}

// prefixes of instructions, as words of their own.
var prefixes = []string{"rep", "repz", "repe", "repnz", "repne", "notrack", "bnd", "lock", "data16"}

// directives that make no instructions and define no others.
var directives = []string{
	".file", ".text", ".data", ".bss", ".section", ".globl", ".global", ".local", ".weak", ".hidden", ".type",
	".size", ".ident", ".align", ".balign", ".p2align", ".comm", ".loc", ".addrsig", ".addrsig_sym", ".set",
}

// dataDirectives write data, and texts are those of strings.
var (
	dataDirectives = append([]string{
		".byte", ".value", ".short", ".word", ".2byte", ".4byte", ".8byte", ".long", ".quad", ".octa", ".zero",
		".skip", ".uleb128", ".sleb128",
	}, texts...)
	texts = []string{".string", ".ascii", ".asciz"}
)

// dataSections are the beginnings of the names of sections that compilers write data to.
var dataSections = []string{
	".rodata", ".data", ".bss", ".tdata", ".tbss", ".note.", ".debug_", ".init_array", ".fini_array", ".eh_frame",
	".gcc_except_table",
}

var (
	asmLabel  = regexp.MustCompile(`^([\w.$]+):\s*(.*)$`)
	asmTarget = regexp.MustCompile(`^[\w.$]+$`)
	asmJump   = regexp.MustCompile(`^(call|jmp|j[a-z]+|loop[a-z]*|xbegin)q?$`)
)

// noise returns why the assembly of a model, as compilers for x86-64 write it, may change the floating-point
// environment; "" means that it cannot.
func noise(assembly string) string {
	if runtime.GOARCH != "amd64" {
		return "its processor is not an x86-64"
	}
	code := true                // the section holds instructions
	labels := map[string]bool{} // those of code
	var targets []string
	for line := range strings.Lines(assembly) {
		if strings.Contains(line, "APP") && strings.HasPrefix(strings.TrimSpace(line), "#") {
			return "it has assembly of its own"
		}
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		for {
			m := asmLabel.FindStringSubmatch(line)
			if m == nil {
				break
			}
			if code {
				labels[m[1]] = true
			}
			line = m[2]
		}
		if line == "" {
			continue
		}
		word, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		if strings.HasPrefix(word, ".") {
			switch {
			case strings.HasPrefix(word, ".cfi_"):
			case slices.Contains(dataDirectives, word):
				if code {
					return "it has data among its code"
				}
			case !slices.Contains(directives, word):
				return "it has the directive " + word
			case word == ".type" && strings.Contains(rest, "indirect"):
				return "it has a function that is chosen when it is loaded"
			case word == ".text":
				code = true
			case word == ".data" || word == ".bss":
				code = false
			case word == ".section":
				code = !dataSection(rest)
			}
			if !slices.Contains(texts, word) && strings.Contains(rest, ";") {
				return "it has several statements in a line"
			}
			continue
		}
		if !code {
			return "it has instructions among its data"
		}
		rest, _, _ = strings.Cut(rest, "#") // a comment
		rest = strings.TrimSpace(rest)
		if strings.ContainsAny(line, `;"`) {
			return "it has several statements in a line"
		}
		for slices.Contains(prefixes, word) {
			word, rest, _ = strings.Cut(rest, " ")
		}
		for _, w := range writers {
			if strings.Contains(word, w) && !strings.HasPrefix(word, "cvt") && !strings.HasPrefix(word, "vcvt") {
				return "it has the instruction " + word
			}
		}
		if asmJump.MatchString(word) {
			to := strings.TrimSuffix(strings.TrimSpace(rest), "@PLT")
			if !asmTarget.MatchString(to) {
				return "it calls, or goes to, an address that it computes"
			}
			targets = append(targets, to)
		}
	}
	for _, t := range targets {
		if !labels[t] && t != misfit {
			return "it calls " + t
		}
	}
	return ""
}

// dataSection says whether a section, with its flags, is one of data.
func dataSection(arguments string) bool {
	name, flags, _ := strings.Cut(arguments, ",")
	flags, _, _ = strings.Cut(flags, ",")
	known := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	return slices.ContainsFunc(dataSections, known) && !strings.Contains(flags, "x")
}
