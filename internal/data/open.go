package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/suggest"
)

// HomeVariable names the environment variable with the folder that holds the
// sets, each in a folder of its name.
const HomeVariable = "APPROXTRAIN_DATA"

// classesFile may name the classes of a folder of IDX files, one a line.
const classesFile = "classes.txt"

// setForms describes what a path must lead to.
const setForms = "the folder that holds the four IDX files of a set, or the folder or archive (.tar.gz) of CIFAR-10's binary version"

// IsName says whether a spec is the name of a known set, not a path.
func IsName(spec string) bool { return find(spec) != nil }

// Open returns a set by its name, such as digits or mnist, or from a folder with
// four IDX files, or from the folder or archive (.tar.gz, .tgz, .tar) of CIFAR-10's
// binary version. A folder that is called like a set is written ./mnist. Errors
// about the name and the files have the exit status of wrong input.
func Open(spec string) (*Set, error) {
	return OpenFirst(spec, func(train, test int) (int, int) { return train, test })
}

// OpenFirst returns a set as Open does, but only the first images of each part. first is
// told how many images the set has to train and to test on, and returns how many of them to
// keep, from 0 to all. A set that is drawn, such as digits, is not drawn further than that.
func OpenFirst(spec string, first func(train, test int) (int, int)) (*Set, error) {
	k := find(spec)
	if k != nil && k.Generated() {
		train, test := first(k.Train, k.Test)
		return Digits(DigitsSeed, train, test), nil
	}
	s, err := read(spec, k)
	if err != nil {
		return nil, err
	}
	train, test := first(s.Train.Len(), s.Test.Len())
	s.Train, s.Test = s.Train.First(train), s.Test.First(test)
	return s, nil
}

// read returns a set from files: of a known set k, or where k is nil of a path.
func read(spec string, k *Known) (*Set, error) {
	if k == nil {
		return openPath(spec)
	}
	dir, tried := k.locate()
	if packed := k.Packed(); packed != "" {
		return nil, fault.Usagef("%s: %s", k.Name, packed)
	}
	if dir == "" {
		return nil, fault.Usagef("%s is not on this machine (looked in %s): get it with `approxtrain data fetch %s`, or set %s to the folder that holds %s",
			k.Name, strings.Join(tried, " and "), k.Name, HomeVariable, k.Name+string(filepath.Separator))
	}
	return k.form.read(dir, k)
}

// openPath reads a folder or archive that is no known set.
func openPath(spec string) (*Set, error) {
	st, err := os.Stat(spec)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsRune(spec, filepath.Separator):
		return nil, fault.Usagef("%s: no such file or folder; expected %s", spec, setForms)
	case errors.Is(err, fs.ErrNotExist) || spec == "":
		return nil, unknown(spec, "and no folder")
	case err != nil:
		return nil, fault.Usagef("opening a data set: %w", err)
	}
	abs, err := filepath.Abs(spec)
	if err != nil {
		return nil, err
	}
	name := limits.Show(filepath.Base(abs))
	if !st.IsDir() {
		for _, ending := range []string{".tar.gz", ".tgz", ".tar"} {
			if stem, ok := strings.CutSuffix(name, ending); ok {
				return readCIFAR(spec, stem, 0)
			}
		}
		if advice := unpack(spec); advice != "" {
			return nil, fault.Usagef("%s, and name the folder that comes out; expected %s", advice, setForms)
		}
		return nil, fault.Usagef("%s is a file; expected %s", spec, setForms)
	}
	for _, source := range []string{cifarSource(spec), cifarTrace(spec)} {
		if source != "" {
			return readCIFAR(source, name, 0)
		}
	}
	classes, err := readClasses(filepath.Join(spec, classesFile))
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	return readFolder(spec, name, classes)
}

// unknown is the error for a name that is not a set's; and is added to its text.
func unknown(name, and string) error {
	near := suggest.Nearest(name, Names())
	hint := "; the sets are " + strings.Join(Names(), ", ")
	if len(name) <= 64 && suggest.Distance(name, near) <= 1+len(near)/3 {
		hint = "; did you mean " + near + "?"
	}
	return fault.Usagef("%.64q is no data set %s%s (see approxtrain data list)", name, and, hint)
}

// readFolder reads the four files of a set; every error is about the user's files.
func readFolder(dir, name string, classes []string) (*Set, error) {
	s := &Set{Name: name, Classes: classes}
	for _, part := range []struct {
		prefix string
		split  **Split
	}{{"train", &s.Train}, {"t10k", &s.Test}} {
		p, err := readSplit(dir, part.prefix, classes)
		if err != nil {
			return nil, fault.Usagef("data set %s: %w", name, err)
		}
		*part.split = p
	}
	if s.Train.H != s.Test.H || s.Train.W != s.Test.W {
		return nil, fault.Usagef("data set %s in %s: images are %d × %d for training, but %d × %d for tests; train-images-idx3-ubyte and t10k-images-idx3-ubyte do not belong together",
			name, dir, s.Train.H, s.Train.W, s.Test.H, s.Test.W)
	}
	return s, nil
}

func readSplit(dir, prefix string, classes []string) (*Split, error) {
	images, err := member(dir, prefix+"-images-idx3-ubyte")
	if err != nil {
		return nil, err
	}
	labels, err := member(dir, prefix+"-labels-idx1-ubyte")
	if err != nil {
		return nil, err
	}
	x, err := readIDXFile(images, 3)
	if err != nil {
		return nil, err
	}
	y, err := readIDXFile(labels, 1)
	if err != nil {
		return nil, err
	}
	s := &Split{H: x.dims[1], W: x.dims[2], C: 1, Pixels: x.values, Labels: y.values}
	return s, s.check(images, labels, classes)
}

// member finds a file of a set: gzipped, plain, or with the dot before idx that
// some archives have.
func member(dir, name string) (string, error) {
	dotted := strings.Replace(name, "-idx", ".idx", 1)
	for _, n := range []string{name + ".gz", name, dotted + ".gz", dotted} {
		path := filepath.Join(dir, n)
		if st, err := os.Stat(path); err == nil && !st.IsDir() {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: there is no %s, plain or .gz; a set has the four files {train,t10k}-{images-idx3,labels-idx1}-ubyte",
		dir, name)
}

// readClasses reads the names of classes; without a file they are the digits.
func readClasses(path string) ([]string, error) {
	text, err := limits.ReadFile(path, maxNames)
	if errors.Is(err, fs.ErrNotExist) {
		return digitNames, nil
	} else if err != nil {
		return nil, err
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	if err := checkNames(list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(list) < 1 || len(list) > 256 {
		return nil, fmt.Errorf("%s names %d classes, expected 1 to 256, one a line", path, len(list))
	}
	return list, nil
}
