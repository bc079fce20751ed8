// Command page writes the page of a report of probes, for the tests that open it in a browser:
//
//	page < report.json > report.html
package main

import (
	"fmt"
	"io"
	"os"

	"intentprobe/capture/page"
	"intentprobe/capture/probe/report"
)

func main() {
	if len(os.Args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: page < report.json > report.html")
		os.Exit(2)
	}
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "page:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	r, err := report.Read(in)
	if err != nil {
		return err
	}
	return page.Write(out, r)
}
