package models

// #include "shim.h"
import "C"

import (
	"os"
	"strings"
)

// CatchAborts makes what would end the process within llama.cpp (a device that vanished,
// an RPC server that died) arrive on the channel instead, as ggml's own words. The call
// into llama.cpp that it happened in never returns, so that all that can be done is to say
// so and end the program. Call once; the error is the system's or EngineBuild's, and then
// nothing has changed.
func CatchAborts() (<-chan string, error) {
	if err := fits(); err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	abortPipe = w
	C.cap_catch_aborts(C.int(w.Fd()))
	aborts := make(chan string, 1)
	go func() {
		buf := make([]byte, 2048) // ggml's longest
		if n, err := r.Read(buf); err == nil {
			aborts <- abortText(string(buf[:n]))
		}
	}()
	return aborts, nil
}

// abortPipe is what the C side writes to for as long as the process lives.
var abortPipe *os.File

// abortText leaves out the place in ggml's source.
func abortText(text string) string {
	place, rest, ok := strings.Cut(strings.TrimSpace(text), ": ")
	if ok && !strings.Contains(place, " ") && strings.Contains(place, ".") {
		return rest
	}
	return strings.TrimSpace(text)
}
