package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"intentprobe/capture/hint"
)

// reportError prints an error and, on a line of its own, what to do next.
func reportError(w io.Writer, err error) {
	var signalled *signalError
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE): // whoever read stdout has enough
		return
	case errors.As(err, &signalled) && signalled.Signal != os.Interrupt:
		say(w, "capture: %s\n", signalled)
	case errors.Is(err, context.Canceled):
		say(w, "capture: interrupted\n")
	default:
		say(w, "capture: error: %s\n", middleOut(strings.ReplaceAll(err.Error(), "\n", "; ")))
	}
	if next := hint.Of(err, phrase); next != "" {
		say(w, "capture: hint: %s\n", middleOut(next))
	}
}
