package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// signalError says which signal ended the program's work.
type signalError struct{ os.Signal }

func (e *signalError) Error() string { return fmt.Sprintf("stopped by a signal (%s)", e.Signal) }

// watchSignals gives a context that the first Ctrl-C, SIGTERM or SIGHUP ends: a run
// then ends in good order. The second ends the program. Under nohup, SIGHUP
// stays ignored. A closed pipe is an error of the write, not the end of a
// run that merely cannot show how far it is.
func watchSignals() context.Context {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	got := make(chan os.Signal, 1)
	signal.Notify(got, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(got, syscall.SIGHUP)
	}
	go func() {
		s := <-got
		signal.Stop(got)
		cancel(&signalError{s})
	}()
	return ctx
}
