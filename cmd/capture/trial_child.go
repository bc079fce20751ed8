package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"intentprobe/models"
)

// trialError is what the trial of a model found: nothing that a run with it could
// do better.
type trialError struct{ text, hint string }

func (e *trialError) Error() string { return e.text }

func (e *trialError) Hint() string { return e.hint }

// tryInChild loads a model in a child process: this program again, with the hidden
// command trial-load. llama.cpp may stop its process, hang or take all memory on a
// file that it did not foresee; here only the child is lost. The end of ctx ends
// the child.
func tryInChild(ctx context.Context, files, adapters []string) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("trial of model %q: %w", files[0], err)
	}
	limit, _ := models.TryLimits(slices.Concat(files, adapters))
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	args := []string{trialName}
	for _, path := range adapters {
		args = append(args, "--adapter="+path)
	}
	child := exec.CommandContext(timed, program, slices.Concat(args, []string{"--"}, files)...)
	child.Args[0] = os.Args[0] // under which the program knows itself
	child.Env = append(os.Environ(), "GGML_NO_BACKTRACE=1", "GOTRACEBACK=none")
	child.WaitDelay = time.Second
	var out, log bytes.Buffer
	child.Stdout, child.Stderr = &out, &beginning{&log}
	err = child.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var result trialResult
	if err == nil && json.Unmarshal(out.Bytes(), &result) == nil {
		if result.Error == "" {
			return nil
		}
		return &trialError{result.Error, result.Hint}
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("trial of model %q: %w", files[0], err)
	}
	how := howItEnded(child.ProcessState, log.String())
	if timed.Err() != nil {
		how = fmt.Sprintf("it was not loaded within %s", limit)
	}
	what := fmt.Sprintf("model %q", files[0])
	if len(adapters) > 0 {
		what += fmt.Sprintf(" with adapter %q", strings.Join(adapters, ", "))
	}
	return &trialError{fmt.Sprintf("%s: a trial load in a process of its own failed: %s", what, how),
		"do not use this file: it is damaged, made to do harm, or of a kind that this llama.cpp cannot run; check it against its source (size, checksum)"}
}

var signalName = regexp.MustCompile(`\bSIG[A-Z]+\b`)

// howItEnded names the signal, which the Go runtime may have turned into an exit
// code, and the last lines of the log before the runtime's own.
func howItEnded(state *os.ProcessState, log string) string {
	how := state.String()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		how = "ended by " + status.Signal().String()
	} else if name := signalName.FindString(log); name != "" {
		how = "ended by " + name
	}
	var last []string
	for _, line := range strings.Split(log, "\n") {
		line = strings.TrimSpace(line)
		if signalName.MatchString(line) || strings.HasPrefix(line, "fatal error:") || strings.HasPrefix(line, "runtime:") {
			break
		}
		if line != "" {
			last = append(last, line)
		}
	}
	if n := len(last); n > 3 {
		last = last[n-3:]
	}
	if last == nil {
		return how
	}
	return how + ": " + strings.Join(last, "; ")
}

// beginning keeps the first bytes of a log, and lets the rest go.
type beginning struct{ to *bytes.Buffer }

func (t *beginning) Write(b []byte) (int, error) {
	if room := 64<<10 - t.to.Len(); room > 0 {
		t.to.Write(b[:min(len(b), room)])
	}
	return len(b), nil
}
