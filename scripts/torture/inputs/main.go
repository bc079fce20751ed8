// Command inputs runs the real program on files that were damaged at random: cut,
// with bits flipped, pieces repeated, counts made huge, structures nested without
// end. For each the program must give an error that says what is wrong or a result,
// within 5 seconds and 1 GiB, and never crash:
//
//	go run ./scripts/torture/inputs -program bin/capture -mutations 2000 -seed 1
//
// It is run from the root of the repository. A failure is printed with its number;
// -keep keeps the files.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

func main() {
	program := flag.String("program", "bin/capture", "the program")
	n := flag.Int("mutations", 2000, "damaged files of each kind")
	seed := flag.Uint64("seed", 1, "what the damage is derived from")
	kinds := flag.String("kind", strings.Join(kindNames, ","), "kinds of files")
	model := flag.String("model", "models/phantom/phantom.gguf", "the GGUF file to damage: a small one, it is written for every run")
	jobs := flag.Int("jobs", 2, "runs at once")
	keep := flag.String("keep", "", "folder for the files that failed, and those that crashed llama.cpp in the trial")
	flag.Parse()
	failed, err := run(*program, *model, strings.Split(*kinds, ","), *n, *seed, *jobs, *keep)
	if err != nil {
		fmt.Fprintln(os.Stderr, "inputs:", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

func run(program, model string, kinds []string, n int, seed uint64, jobs int, keep string) (failed int, err error) {
	if program, err = filepath.Abs(program); err != nil {
		return 0, err
	}
	for _, name := range kinds {
		k, err := openKind(name, program, model)
		if err != nil {
			return failed, err
		}
		t, err := torture(k, program, n, seed, jobs, keep)
		if err != nil {
			return failed, err
		}
		fmt.Println(t)
		sort.Strings(t.Failures)
		for _, f := range t.Failures {
			fmt.Println("  FAILED", f)
		}
		for crash, times := range t.Crashed {
			fmt.Printf("  not foreseen by the check, %d times: %s\n", times, crash)
		}
		failed += len(t.Failures)
	}
	return failed, nil
}
