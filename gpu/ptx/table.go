package ptx

import (
	"fmt"
	"io"
	"sort"
	"text/tabwriter"
)

// WriteReport writes a table of what kernels take of a multiprocessor, and returns those
// among them that add products and spill registers.
func WriteReport(w io.Writer, m Multiprocessor, usages []Usage, loops map[string]Loop) (spilled []string, err error) {
	usages = append([]Usage(nil), usages...)
	sort.SliceStable(usages, func(i, j int) bool {
		a, b := usages[i], usages[j]
		if Adds(a.Kernel) != Adds(b.Kernel) {
			return Adds(a.Kernel)
		}
		return a.Kernel < b.Kernel
	})
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\tthreads\tregisters\tspill st/ld\tstack\tshared\tblocks\twarps\tlimited by\tinstr/product\t\n", m.Arch)
	for _, u := range usages {
		blocks, by := m.Occupancy(u)
		per := "-"
		if l, ok := loops[u.Kernel]; ok {
			per = fmt.Sprintf("%.2f", l.PerProduct())
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d/%d\t%d\t%d\t%d\t%d\t%s\t%s\t\n", u.Kernel, u.Threads, u.Registers, u.SpillStores, u.SpillLoads, u.Stack,
			u.Shared, blocks, blocks*((u.Threads+31)/32), by, per)
		if Adds(u.Kernel) && u.SpillStores+u.SpillLoads > 0 {
			spilled = append(spilled, u.Kernel)
		}
	}
	return spilled, t.Flush()
}
