// Command demo prints what a demonstration run found, as tables for people:
//
//	demo facts RUN    honest and dishonest answers to simple questions
//	demo tour RUN     the phantom's lies against its mistakes, layer by layer
package main

import (
	"fmt"
	"os"
)

func main() {
	modes := map[string]func(string) error{"facts": facts, "tour": tour}
	if len(os.Args) != 3 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: demo facts|tour RUN")
		os.Exit(2)
	}
	err := modes[os.Args[1]](os.Args[2])
	if err == nil {
		openWith(os.Args[2])
	} else {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// openWith ends every demonstration: the run is there to be opened.
func openWith(dir string) {
	fmt.Printf(`
Open it in Python:

  import pyarrow as pa
  t = pa.ipc.open_file(pa.memory_map("%s/activations-00000.arrow")).read_all()
  x = t["blocks.4.hook_resid_post"].combine_chunks().to_numpy_ndarray()  # one row a token; read-only: .copy() to change it
`, dir)
}
