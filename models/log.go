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

// complaint gives what llama.cpp logged on this thread since the last reset,
// without its function prefixes, on one line. The caller holds the OS thread.
func complaint(otherwise string) string {
	var lines []string
	for _, line := range strings.Split(C.GoString(C.cap_log_text()), "\n") {
		line = strings.TrimPrefix(withoutFunction(line), "error loading model: ") // llama.cpp's words before the cause
		if line != "" && !strings.HasPrefix(line, "failed to load model") {
			lines = append(lines, line)
		}
	}
	if lines == nil {
		return otherwise
	}
	return strings.Join(lines, "; ")
}

// withoutFunction takes off a log line the name of the function that wrote it.
func withoutFunction(line string) string {
	if name, after, ok := strings.Cut(line, ": "); ok && !strings.Contains(name, " ") {
		line = after
	}
	return strings.TrimSpace(line)
}
