// Package wording writes numbers into messages as people do.
package wording

import "fmt"

// Count returns "1 epoch" or "3 epochs".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
