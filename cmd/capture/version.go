package main

import "intentprobe/storage"

// Version of the program; commit is set by the Makefile.
const version = "0.1.0"

var commit = ""

func suffix(commit string) string {
	if commit == "" {
		return ""
	}
	return " (" + commit + ")"
}

// tool says what this program is.
func tool() storage.Tool { return storage.Tool{Name: "capture", Version: version, Commit: commit} }
