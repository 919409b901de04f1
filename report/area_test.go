package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"approxtrain/internal/fault"
)

func TestAreaPlot(t *testing.T) {
	points := []AreaPoint{{"exact_u8", "u8", 500, 0}, {"drum6_u8", "u8", 380, 0.0147}, {"mitchell_e8m7", "e8m7", 400, 0.038}}
	path := filepath.Join(t.TempDir(), "area.svg")
	if err := AreaPlot(points, path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"drum6_u8", "mitchell_e8m7", ">u8<", ">e8m7<", "mean relative error distance", "NAND2"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the plot does not say %s", want)
		}
	}
	if err := AreaPlot(points, filepath.Join(t.TempDir(), "area.gif")); fault.Status(err) != fault.Usage {
		t.Errorf("a GIF: %v", err)
	}
}
