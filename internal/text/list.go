package text

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/approxtrain/approxtrain/golden"
	"github.com/approxtrain/approxtrain/internal/cli"
	"github.com/approxtrain/approxtrain/internal/data"
)

// List prints built-in multipliers, with their error figures if these were measured.
func List(w io.Writer, all []golden.Listed, figures bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if figures {
		fmt.Fprintln(t, "name\tMRED\tWCRE\tbias\tEP\tNMED\tcommutes")
	} else {
		fmt.Fprintln(t, "name\tformat\tpairs\tRTL or C")
	}
	for _, l := range all {
		if m := l.Metrics; m != nil {
			fmt.Fprintf(t, "%s\t%.4g %%\t%.4g %%\t%s\t%.4g %%\t%.4g\t%v\n", l.Name, 100*m.MRED, 100*m.WCRE,
				bias(*m), 100*m.EP, m.NMED, map[bool]string{true: "yes", false: "no"}[m.Commutes])
		} else if l.Model != "" {
			fmt.Fprintf(t, "%s\t%s\tno table\t%s, for train\n", l.Name, l.Format, l.Model)
		} else {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.Name, l.Format, cli.Count(l.Pairs), l.RTL)
		}
	}
	return t.Flush()
}

// Sets prints the named sets of images.
func Sets(w io.Writer, all []data.Listed) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "name\ttrain\ttest\tshape\tclasses\twhat\twhere")
	for _, l := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d × %d × %d\t%d\t%s\t%s\n", l.Name, cli.Count(l.Train), cli.Count(l.Test),
			l.Shape[0], l.Shape[1], l.Shape[2], len(l.Classes), l.About, where(l))
	}
	return t.Flush()
}

// where tells where the images of a set come from.
func where(l data.Listed) string {
	switch {
	case l.Generated:
		return "generated"
	case l.Folder != "":
		return l.Folder
	case l.Packed != "":
		return l.Packed
	}
	return "get it: approxtrain data fetch " + l.Name
}
