package text

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"github.com/approxtrain/approxtrain/internal/buildcache"
	"github.com/approxtrain/approxtrain/internal/cli"
)

// Cache prints the entries of a build cache by kind, and where it is.
func Cache(out io.Writer, dir string, all []buildcache.Info) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(all) > 0 {
		fmt.Fprintln(w, "kind\tentries\tsize\tlast used\t")
	}
	for _, k := range buildcache.Sums(all) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", k.Kind, cli.Count(k.Entries),
			humanize.IBytes(uint64(k.Bytes)), humanize.Time(k.Used))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s: %s, %s\n", dir, english.Plural(len(all), "entry", "entries"),
		humanize.IBytes(uint64(buildcache.Size(all))))
	return err
}
