package experiment

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A signal may remove the run's folder while the run goes on for a moment. Nothing makes the
// folder again.
func TestBeginInAFolderThatIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	f := &folder{path: path, names: map[string]string{"mul.lut": "mul.lut"}}
	assert.ErrorIs(t, f.begin("mul.lut"), fs.ErrNotExist)
	assert.NoDirExists(t, path)

	require.NoError(t, os.Mkdir(path, 0o755))
	for range 2 { // a resumed run begins again
		require.NoError(t, f.begin("mul.lut"))
		require.NoError(t, f.events.Close())
	}
	files, err := filepath.Glob(filepath.Join(path, "tensorboard", "mul.lut", "events.out.tfevents.*.approxtrain"))
	require.NoError(t, err)
	assert.Len(t, files, 2)
}
