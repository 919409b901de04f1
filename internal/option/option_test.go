package option_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/approxtrain/approxtrain/internal/option"
)

// TestWords checks that options print plainly until a program has words of its own.
func TestWords(t *testing.T) {
	text := func() string {
		return fmt.Sprintf("name it with %v; %s is too high; %v 3", option.Clock, option.LearningRate, option.Key("warm_up"))
	}
	assert.Equal(t, "name it with option clk; learning rate is too high; warm_up 3", text())
	t.Cleanup(func() { option.Words(nil) })
	option.Words(func(name string) string { return "<" + name + ">" })
	assert.Equal(t, "name it with <clk>; <lr> is too high; <warm_up> 3", text())
}

// TestNames checks that no two options have one name, and that none has the look of a flag by itself.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range option.All() {
		assert.False(t, seen[o.Name()], "%s is defined twice", o.Name())
		seen[o.Name()] = true
		assert.NotContains(t, " "+o.String(), " -", o.Name())
	}
	assert.Greater(t, len(seen), 36)
}
