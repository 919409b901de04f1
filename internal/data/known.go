package data

import (
	"os"
	"path/filepath"
	"slices"
)

// Known describes a set that has a name.
type Known struct {
	Name        string
	Aliases     []string // other names of it and of its folder
	About       string   // one line
	Train, Test int      // images
	H, W, C     int
	Classes     []string

	base  string // where the files are published, ends in /
	files []file // nil for the set that is generated
	form  *form
}

// form is how the files of a set are laid out in a folder.
type form struct {
	complete func(dir string) bool // says whether all files are there, without reading them
	read     func(dir string, k *Known) (*Set, error)
}

var (
	formIDX = &form{
		complete: func(dir string) bool {
			for _, prefix := range []string{"train", "t10k"} {
				for _, what := range []string{"-images-idx3-ubyte", "-labels-idx1-ubyte"} {
					if _, err := member(dir, prefix+what); err != nil {
						return false
					}
				}
			}
			return true
		},
		read: func(dir string, k *Known) (*Set, error) { return readFolder(dir, k.Name, k.Classes) },
	}
	formCIFAR = &form{
		complete: func(dir string) bool { return cifarSource(dir) != "" },
		read:     func(dir string, k *Known) (*Set, error) { return readCIFAR(cifarSource(dir), k.Name, cifarImages) },
	}
)

// file is one of the files of a set, as published.
type file struct {
	name   string
	bytes  int64
	sha256 string // hex
}

var digitNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

var known = []*Known{
	{
		Name: "digits", About: "drawn by this program, needs no files",
		Train: DigitsTrain, Test: DigitsTest, H: 28, W: 28, C: 1, Classes: digitNames,
	},
	{
		Name: "mnist", About: "handwritten digits (LeCun, Cortes, Burges)",
		Train: 60000, Test: 10000, H: 28, W: 28, C: 1, Classes: digitNames,
		form: formIDX, base: "https://ossci-datasets.s3.amazonaws.com/mnist/",
		files: []file{
			{"train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
			{"train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
			{"t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
			{"t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
		},
	},
	{
		Name: "fashion-mnist", About: "photographs of clothes (Xiao, Rasul, Vollgraf)",
		Train: 60000, Test: 10000, H: 28, W: 28, C: 1,
		Classes: []string{"T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"},
		form:    formIDX, base: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
		files: []file{
			{"train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
			{"train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
			{"t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
			{"t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"},
		},
	},
	{
		Name: "cifar10", Aliases: []string{"cifar-10"}, About: "photographs of animals and vehicles (Krizhevsky)",
		Train: cifarBatches * cifarImages, Test: cifarImages, H: cifarSide, W: cifarSide, C: 3,
		Classes: []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
		form:    formCIFAR, base: "https://www.cs.toronto.edu/~kriz/",
		files: []file{
			{cifarArchive, 170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
		},
	},
}

// Sets lists the sets that have names, the generated one first. They are not to
// be changed.
func Sets() []*Known { return known }

// Names lists the names that Open knows, without aliases.
func Names() []string {
	var list []string
	for _, k := range known {
		list = append(list, k.Name)
	}
	return list
}

func find(name string) *Known {
	for _, k := range known {
		if k.Name == name || slices.Contains(k.Aliases, name) {
			return k
		}
	}
	return nil
}

// Generated says whether the set is drawn by the program and needs no files.
func (k *Known) Generated() bool { return k.files == nil }

// Folder returns the folder in which all files of the set are, "" if there is none. It does not
// read the files.
func (k *Known) Folder() string {
	dir, _ := k.locate()
	return dir
}

// locate also returns the folders that it looked in.
func (k *Known) locate() (dir string, tried []string) {
	for _, home := range homes() {
		for _, name := range append([]string{k.Name}, k.Aliases...) {
			dir := filepath.Join(home, name)
			tried = append(tried, dir)
			if k.form != nil && k.form.complete(dir) {
				return dir, tried
			}
		}
	}
	return "", tried
}

// homes lists the folders that hold sets, the first to be looked in first.
func homes() []string {
	var list []string
	if dir := os.Getenv(HomeVariable); dir != "" {
		list = append(list, dir)
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		list = append(list, filepath.Join(dir, "approxtrain"))
	} else if home, err := os.UserHomeDir(); err == nil {
		list = append(list, filepath.Join(home, ".local", "share", "approxtrain"))
	}
	return list
}

// DefaultFolder returns the folder that Fetch puts a set into when none is named:
// the first that Open looks in. It is "" if neither the variable nor a home folder
// is there.
func DefaultFolder(name string) string {
	if k := find(name); k != nil {
		name = k.Name // of an alias
	}
	if list := homes(); len(list) > 0 {
		return filepath.Join(list[0], name)
	}
	return ""
}
