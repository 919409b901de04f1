package ptx

import "regexp"

// Entry is a kernel in PTX.
type Entry struct{ Name, Text string }

var entry = regexp.MustCompile(`(?m)^\.visible \.entry (\w+)\(`)

// Entries returns the kernels of PTX in their order.
func Entries(text string) []Entry {
	at := entry.FindAllStringSubmatchIndex(text, -1)
	all := make([]Entry, len(at))
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		all[i] = Entry{text[m[2]:m[3]], text[m[0]:end]}
	}
	return all
}
