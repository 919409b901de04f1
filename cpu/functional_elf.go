package cpu

import (
	"cmp"
	"debug/elf"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/device"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// checkLibrary refuses a compiled model that would act when it is loaded, or that calls functions
// that a multiplication does not need: the loaded code could do anything to the training process.
// It reads the file and runs nothing of it. It is no sandbox: it does not inspect the model's own
// machine code.
func checkLibrary(m device.Model, path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("reading the compiled model %s: %w", m.File, err)
	}
	defer f.Close()
	l := &libraryFile{File: f}
	if l.symbols, err = f.Symbols(); err != nil {
		return fmt.Errorf("reading the symbols of the compiled model %s: %w", m.File, err)
	}
	for _, look := range []func() (string, error){l.early, l.indirect, l.threadLocal, l.imports} {
		what, err := look()
		if err != nil {
			return fmt.Errorf("reading the compiled model %s: %w", m.File, err)
		}
		if what != "" {
			return fault.Usagef("the model %s: %s. A function without a table is loaded into the process that trains; "+
				"one of up to %d mantissa bits can become a table in a process of its own: %v", m.File, what, 11, option.MakeTable)
		}
	}
	return nil
}

type libraryFile struct {
	*elf.File
	symbols []elf.Symbol
}

// early names what would run when the library is loaded or unloaded: constructors,
// destructors, C++ objects outside of functions.
func (l *libraryFile) early() (string, error) {
	for _, tag := range []elf.DynTag{elf.DT_INIT, elf.DT_FINI} {
		if at, err := l.DynValue(tag); err != nil {
			return "", err
		} else if len(at) > 0 {
			return cmp.Or(l.function(at[0]), "code") + " runs when the library is loaded or unloaded", nil
		}
	}
	for _, tag := range []elf.DynTag{elf.DT_PREINIT_ARRAY, elf.DT_INIT_ARRAY, elf.DT_FINI_ARRAY} {
		at, err := l.DynValue(tag)
		if err != nil {
			return "", err
		}
		if len(at) > 0 {
			var names []string
			for _, r := range l.relocations() {
				if r.offset >= at[0] && r.offset < at[0]+l.arraySize(tag) {
					names = append(names, l.function(r.addend))
				}
			}
			when := map[bool]string{true: "unloaded (a destructor)", false: "loaded (a constructor, or a C++ object outside of a function)"}[tag == elf.DT_FINI_ARRAY]
			return cmp.Or(strings.Join(slices.DeleteFunc(names, func(s string) bool { return s == "" }), ", "), "code") + " runs when the library is " + when, nil
		}
	}
	return "", nil
}

// arraySize returns the bytes of an array of functions.
func (l *libraryFile) arraySize(array elf.DynTag) uint64 {
	size, err := l.DynValue(map[elf.DynTag]elf.DynTag{elf.DT_PREINIT_ARRAY: elf.DT_PREINIT_ARRAYSZ,
		elf.DT_INIT_ARRAY: elf.DT_INIT_ARRAYSZ, elf.DT_FINI_ARRAY: elf.DT_FINI_ARRAYSZ}[array])
	if err != nil || len(size) == 0 {
		return 0
	}
	return size[0]
}

type relocation struct {
	offset, addend uint64
	kind           uint32
}

// relocations returns those that the loader does.
func (l *libraryFile) relocations() (all []relocation) {
	for _, s := range l.Sections {
		if s.Type != elf.SHT_RELA {
			continue
		}
		data, err := s.Data()
		if err != nil {
			continue
		}
		for ; len(data) >= 24; data = data[24:] {
			word := func(i int) uint64 { return l.ByteOrder.Uint64(data[8*i:]) }
			all = append(all, relocation{word(0), word(2), uint32(word(1))})
		}
	}
	return all
}

// function returns the name of the function at an address, "" if it has none.
func (l *libraryFile) function(at uint64) string {
	for _, s := range l.symbols {
		if s.Value == at && elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			return s.Name
		}
	}
	return ""
}

// indirect names functions that are chosen, by other functions, when the library is loaded.
func (l *libraryFile) indirect() (string, error) {
	for _, s := range l.symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_GNU_IFUNC {
			return s.Name + " is chosen by a function that runs when the library is loaded (ifunc, target_clones)", nil
		}
	}
	irelative := map[elf.Machine]uint32{elf.EM_X86_64: uint32(elf.R_X86_64_IRELATIVE), elf.EM_AARCH64: uint32(elf.R_AARCH64_IRELATIVE)}[l.Machine]
	if slices.ContainsFunc(l.relocations(), func(r relocation) bool { return r.kind == irelative }) {
		return "a function is chosen when the library is loaded (ifunc)", nil
	}
	return "", nil
}

// threadLocal names variables that each thread has.
func (l *libraryFile) threadLocal() (string, error) {
	if !slices.ContainsFunc(l.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_TLS }) {
		return "", nil
	}
	name := "a variable"
	for _, s := range l.symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_TLS {
			name = s.Name
		}
	}
	return name + " is one of each thread (_Thread_local): it keeps state", nil
}

// harmless matches the functions that a model may call: mathematics without side effects, memory,
// and functions that end the program or throw, which the trial reports.
var harmless = regexp.MustCompile(`^(?:__)?(?:` +
	`(?:a?cosh?|a?sinh?|a?tanh?|atan2|sincos|cbrt|ceil|copysign|erfc?|exp(?:2|10|m1)?|fabs|fdim|floor|fma|fmax|fmin|fmod|frexp|hypot|ilogb|` +
	`ldexp|llrint|llround|log(?:2|10|1p|b)?|lrint|lround|modf|nan|nearbyint|nextafter|nexttoward|pow|remainder|remquo|rint|round|roundeven|` +
	`scalbl?n|scalb|sqrt|tgamma|trunc|isnan|isinf|finite|fpclassify|signbit|issignaling|significand)[fl]?(?:_finite)?|` +
	`l?l?abs|l?l?div|mem(?:cpy|move|set|cmp)(?:_chk)?|stack_chk_fail|chk_fail|errno_location|assert_fail|assert|abort|` +
	`cxa_(?:allocate_exception|free_exception|throw|rethrow|begin_catch|end_catch|guard_acquire|guard_release|guard_abort|pure_virtual)|` +
	`gxx_personality_v0)$|` +
	`^_Unwind_Resume$|^_ZSt(?:9terminatev|\d+__throw_\w+)$|^_ZT[IV]N10__cxxabiv1|` +
	`^_Z(?:N|NK|TI|TV|TS)St\d+(?:\w*_error|\w*exception)\w*$`)

var libraries = regexp.MustCompile(`^(?:lib(?:m|c|mvec|gcc_s|stdc\+\+|c\+\+|c\+\+abi|unwind)\.so|ld-|libc\.musl|linux-vdso)`)

// imports names the functions and variables of other libraries that the model uses.
func (l *libraryFile) imports() (string, error) {
	needed, err := l.ImportedLibraries()
	if err != nil {
		return "", err
	}
	for _, n := range needed {
		if !libraries.MatchString(n) {
			return "it is linked with " + n, nil
		}
	}
	dynamic, err := l.DynamicSymbols()
	if err != nil {
		return "", err
	}
	var names []string
	for _, s := range dynamic {
		if s.Section == elf.SHN_UNDEF && s.Name != "" && !harmless.MatchString(s.Name) {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "", nil
	}
	return "it uses " + strings.Join(slices.Compact(names), ", ") + ", where it may call functions of mathematics (sqrtf, floor, …), memcpy, memset, memmove and memcmp only", nil
}
