package main

import (
	"os"
	"slices"

	"intentprobe/capture"
	"intentprobe/capture/spec"
)

// threadsOr is what commands without a spec use: what their flag says, or else
// CAPTURE_THREADS, or as many as this process may.
func threadsOr(flag spec.Auto) (int, error) {
	wanted := spec.Default()
	wanted.Engine.Threads = flag
	if flag == 0 {
		layer, err := readVariables(slices.DeleteFunc(os.Environ(), func(entry string) bool { return !ofThreads(entry) }))
		if err != nil {
			return 0, err
		}
		wanted.Apply(layer)
	}
	if err := spec.CheckThreads(wanted.Engine.Threads); err != nil {
		return 0, err
	}
	if n := int(wanted.Engine.Threads); n > 0 {
		return n, nil
	}
	return capture.DefaultThreads(), nil
}
