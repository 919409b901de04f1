package sandbox

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRelatives compares both ways to find descendants: of one child with two children and the child of
// a child.
func TestRelatives(t *testing.T) {
	c := exec.Command("sh", "-c", `sleep 60 & sleep 60 & sh -c "sleep 60; true" & wait`)
	require.NoError(t, c.Start())
	defer func() {
		for _, p := range descendants() {
			exec.Command("kill", "-9", strconv.Itoa(p.pid)).Run()
		}
		c.Wait()
	}()
	numbers := func(all []process) (pids []int) {
		for _, p := range all {
			pids = append(pids, p.pid)
		}
		slices.Sort(pids)
		return pids
	}
	require.Eventually(t, func() bool { return len(descendants()) == 5 }, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, numbers(descendants()), numbers(relatives(children(os.Getpid())...)))
	for _, p := range relatives(c.Process.Pid) {
		assert.NotZero(t, p.memory)
	}
}
