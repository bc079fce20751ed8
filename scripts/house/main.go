// Command house measures the folders of this module: for each package its files, their
// lines, and the ties between them. A tie is a pair of files of which one uses what
// the other declares: a function, a type, a method, a field. Files are put in the
// order in which the fewest ties run back up; what is left of these is what makes a
// package hard to read, and to cut.
//
//	go run ./scripts/house            a table of all packages
//	go run ./scripts/house storage    one package: its files in order, its ties back up
//	go run ./scripts/house -check     what is larger than the rules of check.go allow: status 1
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

func main() {
	checking := flag.Bool("check", false, "say what is too large where, with status 1")
	flag.Parse()
	wrong, err := run(os.Stdout, *checking, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(2)
	}
	for _, fault := range wrong {
		fmt.Fprintln(os.Stderr, "house:", fault)
	}
	if len(wrong) > 0 {
		os.Exit(1)
	}
}

// run checks the module, or prints the table, or the details of some packages. It gives
// what breaks a rule.
func run(w io.Writer, checking bool, dirs []string) ([]string, error) {
	switch {
	case checking:
		return check(".", exceptions)
	case len(dirs) > 0:
		return nil, details(w, dirs)
	}
	dirs, err := packages(".")
	if err != nil {
		return nil, err
	}
	return nil, table(w, dirs)
}

// table prints a line for each package and the sums.
func table(w io.Writer, dirs []string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "package\tfiles\tlines\tmedian\tlongest\tties\tback up\t")
	var all []int
	ties, back := 0, 0
	for _, dir := range dirs {
		h, err := measure(dir)
		if err != nil {
			return err
		}
		up := len(h.backUp())
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", dir, len(h.files), sum(h.lines), median(h.lines), slices.Max(h.lines), len(h.ties), up)
		all, ties, back = append(all, h.lines...), ties+len(h.ties), back+up
	}
	fmt.Fprintf(t, "all\t%d\t%d\t%d\t%d\t%d\t%d\t\n", len(all), sum(all), median(all), slices.Max(all), ties, back)
	return t.Flush()
}

// details prints the files of packages in their order, and the ties that run back up.
func details(w io.Writer, dirs []string) error {
	for _, dir := range dirs {
		h, err := measure(dir)
		if err != nil {
			return err
		}
		fmt.Fprintln(w, dir)
		for _, i := range h.order {
			fmt.Fprintf(w, "  %s %d\n", h.files[i], h.lines[i])
		}
		for _, tie := range h.backUp() {
			fmt.Fprintf(w, "  back up: %s uses %s: %v\n", h.files[tie.from], h.files[tie.to], h.ties[tie])
		}
	}
	return nil
}

func sum(values []int) (n int) {
	for _, v := range values {
		n += v
	}
	return n
}

func median(values []int) int {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
