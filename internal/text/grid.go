// Package text prints results as text for people, and as the test cases of JUnit.
//
// It computes nothing, and names no flag of a command line. Start reading at [Comparison].
package text

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// grid prints rows under a head, as text or in Markdown, where all
// columns but the first are numbers.
func grid(w io.Writer, markdown bool, head []string, rows [][]string) error {
	if markdown {
		rule := append([]string{"---"}, strings.Split(strings.Repeat("--: ", len(head)-1), " ")[:len(head)-1]...)
		for _, r := range append([][]string{head, rule}, rows...) {
			if _, err := fmt.Fprintln(w, "| "+strings.Join(r, " | ")+" |"); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range append([][]string{head}, rows...) {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	return t.Flush()
}
