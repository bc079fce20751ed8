// Command dist does the parts of `make dist` that a shell cannot do the same way
// on Linux and macOS: collect licences, check binaries, pack an archive.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

const usage = `usage: dist licenses DIR            licences of the Go modules that are linked in
       dist check [-floor GLIBC_N.N]... [-path TEXT]... FOLDER   an unpacked archive's binaries
       dist pack -epoch SECONDS FOLDER FILE.tar.gz`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	flags := flag.NewFlagSet("dist "+args[0], flag.ContinueOnError)
	epoch := flags.Int64("epoch", 0, "modification time of everything in the archive")
	var limits, paths []string
	list := func(into *[]string) func(string) error {
		return func(s string) error { *into = append(*into, s); return nil }
	}
	flags.Func("floor", "the newest version of a system library that may be asked for", list(&limits))
	flags.Func("path", "a path of the builder that must not be in a binary", list(&paths))
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch {
	case args[0] == "licenses" && flags.NArg() == 1:
		return collectLicenses(flags.Arg(0))
	case args[0] == "check" && flags.NArg() == 1:
		return check(os.Stdout, flags.Arg(0), limits, paths)
	case args[0] == "pack" && flags.NArg() == 2:
		return pack(flags.Arg(0), flags.Arg(1), time.Unix(*epoch, 0))
	}
	return errors.New(usage)
}
