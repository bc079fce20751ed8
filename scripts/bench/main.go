// Command bench times the writer against the disk, what durability costs, reading
// and checking, and weighs memory; the rest of `make bench` is `capture bench`.
//
//	bench [-n 7] [-gib 4] [-parts memory,tools,column,verify,writer,durability,followups] MODEL.gguf
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

// parts are what can be measured. Memory first, while this process is small: a
// child's peak begins with its parent's.
var parts = []struct {
	name string
	run  func(*bench) error
}{
	{"memory", (*bench).memory},
	{"tools", (*bench).tools},
	{"column", (*bench).column},
	{"verify", (*bench).verify},
	{"writer", (*bench).writer},
	{"durability", (*bench).durability},
	{"followups", (*bench).followups},
}

func main() {
	b := &bench{}
	flag.IntVar(&b.pairs, "n", 7, "pairs of each measurement")
	flag.IntVar(&b.gib, "gib", 4, "GiB of the large run")
	write := flag.String("write", "", "write the large run into this folder, and nothing else")
	chosen := flag.String("parts", "", "what to measure (default: all)")
	flag.Parse()
	if *write != "" {
		if _, err := writeRun(*write, 16, b.gib<<26/rowBytes); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-n PAIRS] [-gib GIB] [-parts A,B] MODEL.gguf")
		os.Exit(2)
	}
	b.model = flag.Arg(0)
	if err := b.run(*chosen); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(chosen string) (err error) {
	if b.dir, err = os.MkdirTemp("", "capture-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	for _, p := range parts {
		if chosen != "" && !slices.Contains(strings.Split(chosen, ","), p.name) {
			continue
		}
		if err := p.run(b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
