package tool

import (
	"cmp"
	"os"
	"os/exec"
	"strings"

	"github.com/approxtrain/approxtrain/internal/fault"
)

// Find returns the path of an installed program: the one that an environment variable names, or
// else the first of some names that is in $PATH. The path is relative if $PATH or the variable
// is. The error has the status fault.Missing and ends in help, which says how to install it.
func Find(variable, help string, names ...string) (path string, err error) {
	if v := os.Getenv(variable); v != "" {
		names = []string{v}
	}
	for _, name := range names {
		var missing error
		if path, missing = exec.LookPath(name); missing == nil {
			return path, nil
		}
		err = cmp.Or(err, missing)
	}
	return "", fault.Missingf("%s is not installed (%w); %s", strings.Join(names, ", or "), err, help)
}
