package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/internal/atomicfile"
	"github.com/approxtrain/approxtrain/internal/checkpoint"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/limits"
	"github.com/approxtrain/approxtrain/internal/option"
	"github.com/approxtrain/approxtrain/nn"
)

// divergedFile is the content of NAME.diverged.json: training with that multiplier has ended, and
// how, so a resumed run does not repeat it.
type divergedFile struct {
	Config   checkpoint.Config `json:"config"`
	Epochs   []nn.Epoch        `json:"epochs"`
	Diverged *nn.DivergedError `json:"diverged"`
}

// DivergedFile is the end of the name of the file that tells of a training that diverged, where
// that of trained weights ends in .safetensors.
const DivergedFile = ".diverged.json"

// diverge keeps that training with the multiplier has diverged.
func (s *saver) diverge(epochs []nn.Epoch, d *nn.DivergedError) error {
	s.note(fmt.Sprintf("%s: %v", s.now, d))
	s.diverged[s.now] = d
	config, err := s.configOf(s.now)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(divergedFile{config, epochs, d}, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(s.file(s.now, DivergedFile), append(text, '\n'))
}

// loadDiverged reads what diverge has kept, if it has.
func (s *saver) loadDiverged(multiplier string) (found bool, err error) {
	path := s.file(multiplier, DivergedFile)
	text, err := limits.ReadFile(path, 16*limits.MiB)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	var was divergedFile
	if err == nil {
		err = limits.Unmarshal(text, mostValues, &was)
	}
	if err == nil && was.Diverged == nil {
		err = errors.New("it does not say at which step")
	}
	if err != nil {
		return false, fault.Failedf("%v: %s: %w; without the file that multiplier is trained again",
			option.Resuming, path, err)
	}
	now, err := s.configOf(multiplier)
	if err == nil {
		err = was.Config.Check(now)
	}
	if err != nil {
		return false, fmt.Errorf("%v: %s: %w", option.Resuming, path, err)
	}
	s.places[multiplier], s.diverged[multiplier] = nn.Position{Epochs: was.Epochs}, was.Diverged
	return true, nil
}

// divergedLine is the line of metrics.jsonl that follows those of the epochs.
func divergedLine(multiplier string, d *nn.DivergedError) ([]byte, error) {
	line, err := json.Marshal(struct {
		Multiplier string            `json:"multiplier"`
		Diverged   *nn.DivergedError `json:"diverged"`
	}{multiplier, d})
	return append(line, '\n'), err
}

// Diverged returns an error that names the multipliers with which training diverged, nil if there
// are none.
func Diverged(results []Trained) error {
	var all []string
	for _, r := range results {
		if r.Diverged != nil {
			all = append(all, fmt.Sprintf("%s (step %d)", r.Multiplier, r.Diverged.Step))
		}
	}
	if all == nil {
		return nil
	}
	return fault.Failedf("training diverged with %s, of %s", strings.Join(all, ", "), english.Plural(len(results), "multiplier", ""))
}
