package golden

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/rtl"
)

// ModulePath is the path of this module, as the go.mod of a checkout declares it.
const ModulePath = "github.com/approxtrain/approxtrain"

// CheckCheckout returns an error if dir is in a checkout of this module whose multiplier
// library is not the one in the program: the Verilog of the built-in multipliers, the
// manifest or a committed table. A program that was compiled before a change of the library
// would prove the library of then. It returns the folder of the checkout; outside a checkout "", and no error.
func CheckCheckout(dir string) (root string, err error) {
	root = checkout(dir)
	if root == "" {
		return "", nil
	}
	for _, part := range []struct {
		files  fs.FS
		folder string
	}{{rtl.Verilog, "rtl/verilog"}, {files, "golden"}} {
		if name, err := differs(part.files, filepath.Join(root, part.folder)); err != nil {
			return root, err
		} else if name != "" {
			return root, fault.Usagef("the multiplier library in %s is not the one in this program: %s differs; compile the program again: make build",
				root, path.Join(part.folder, name))
		}
	}
	return root, nil
}

// checkout returns the folder of the checkout that dir is in, "" for none.
func checkout(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(text, []byte("module "+ModulePath+"\n")) {
			return dir
		}
		if filepath.Dir(dir) == dir {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}

// differs returns the first file that is not the same in the program and in a folder, which
// may hold others of other kinds.
func differs(files fs.FS, folder string) (name string, err error) {
	kinds := map[string]bool{} // by folder and extension
	err = fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name != "" || path.Ext(p) == ".md" {
			return err
		}
		kinds[path.Dir(p)+"/*"+path.Ext(p)] = true
		own, err := fs.ReadFile(files, p)
		if err != nil {
			return err
		}
		theirs, err := os.ReadFile(filepath.Join(folder, p))
		if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(own, theirs) {
			name = p
			return nil
		}
		return err
	})
	for pattern := range kinds { // a new file
		if name != "" || err != nil {
			break
		}
		var found []string
		if found, err = filepath.Glob(filepath.Join(folder, pattern)); err != nil {
			return "", err
		}
		for _, f := range found {
			rel, _ := filepath.Rel(folder, f)
			if _, err := fs.Stat(files, filepath.ToSlash(rel)); err != nil {
				name = filepath.ToSlash(rel)
			}
		}
	}
	return name, err
}
