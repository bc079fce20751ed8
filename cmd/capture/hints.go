package main

import (
	"fmt"
	"strings"

	"intentprobe/capture/hint"
)

// phrase says a reference of a hint as it is typed: a key of the spec as its flag, or as
// it is set without one; a command with its arguments; an option
// with its dashes.
func phrase(reference any) string {
	switch r := reference.(type) {
	case hint.Key:
		if flag := flagOf(string(r)); flag != "" {
			return "--" + flag
		}
		return "--set " + string(r)
	case hint.Command:
		return "`capture " + strings.Join(r, " ") + "`"
	case hint.Option:
		return "--" + string(r)
	}
	return fmt.Sprint(reference)
}
