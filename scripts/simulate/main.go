// Command simulate writes a run with interventions whose numbers are given, without a model:
// what `capture effect` is held against NumPy and SciPy on.
//
//	simulate OUT < run.json
//
// The input is an object with the arms and the samples as the format has them
// (docs/format.md), keys that a sample lacks being null or empty. Ids are places in the list.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"intentprobe/capture/effect/simulate"
	"intentprobe/storage/rundir"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: simulate OUT < run.json")
		os.Exit(2)
	}
	if err := run(os.Stdin, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out string) error {
	var given struct {
		Arms    []rundir.Arm    `json:"arms"`
		Samples []rundir.Sample `json:"samples"`
	}
	dec := json.NewDecoder(in)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&given); err != nil {
		return err
	}
	return simulate.Write(out, given.Arms, given.Samples)
}
