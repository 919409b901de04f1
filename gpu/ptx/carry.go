package ptx

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
)

// FolderVariable is the environment variable that names a folder of outputs of Compile. Compile
// looks there first, with or without a compiler, and also writes its outputs there. So a folder
// that was filled on one machine works on another without a compiler.
const FolderVariable = "APPROXTRAIN_PTX"

// carried returns the unit's PTX from the folder, or else makes it.
func carried(unit string, compile func() ([]byte, error)) ([]byte, error) {
	folder := os.Getenv(FolderVariable)
	if folder == "" {
		return compile()
	}
	files, err := sources(unit)
	if err != nil {
		return nil, err
	}
	key := keyOf(files)
	key.Add(flags...)
	key.Add(modelFlags...)
	path := filepath.Join(folder, key.Sum()+".ptx")
	text, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	if text, err = compile(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("%s: %w", FolderVariable, err)
	}
	return text, atomicfile.WriteBytes(path, text)
}
