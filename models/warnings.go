package models

// #include "shim.h"
import "C"

import (
	"fmt"
	"regexp"
	"strings"
)

// warned gives what llama.cpp warned of on this thread since the last reset, a line
// each. Lines that differ in numbers and quoted texts alone are one. The caller holds
// the OS thread.
func warned() []string { return oneOfAKind(C.GoString(C.cap_log_warnings())) }

// changing is what differs between two warnings of one kind.
var changing = regexp.MustCompile(`'[^']*'|[0-9]+`)

func oneOfAKind(log string) (out []string) {
	counts, at := map[string]int{}, map[string]int{}
	for _, line := range strings.Split(log, "\n") {
		line = withoutFunction(line)
		if strings.Trim(line, "* ") == "" {
			continue
		}
		kind := changing.ReplaceAllString(line, "#")
		if counts[kind]++; counts[kind] == 1 {
			at[kind], out = len(out), append(out, line)
		}
	}
	for kind, n := range counts {
		if n > 1 {
			out[at[kind]] += fmt.Sprintf(" (and %d more like it)", n-1)
		}
	}
	return out
}
