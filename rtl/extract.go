package rtl

import (
	"fmt"
	"os"
	"path/filepath"

	"approxtrain/internal/leftovers"
)

// Extract writes the Verilog library below dir, unless it is there already. It
// may run in several processes at once: the folder appears when it is complete.
func Extract(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("extracting the Verilog library: %w", err)
	}
	tmp, remove, err := leftovers.Dir(filepath.Dir(dir), ".rtl-")
	if err != nil {
		return fmt.Errorf("extracting the Verilog library: %w", err)
	}
	defer remove()
	if err := os.CopyFS(tmp, Verilog); err != nil {
		return fmt.Errorf("extracting the Verilog library: %w", err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("extracting the Verilog library: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		if _, there := os.Stat(dir); there != nil {
			return fmt.Errorf("extracting the Verilog library: %w", err)
		}
	}
	return nil
}
