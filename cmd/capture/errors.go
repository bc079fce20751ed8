package main

import (
	"fmt"

	"intentprobe/storage"
)

// usageError is a mistake on the command line itself.
type usageError struct {
	error
	hint string
}

func (e *usageError) Hint() string { return e.hint }

// damagedError says that a run does not keep the promises of the file format.
type damagedError struct{ *storage.Verification }

func (e *damagedError) Error() string {
	return fmt.Sprintf("%s is damaged: problems found: %d", e.Path, len(e.Problems)+e.More)
}

func (e *damagedError) Hint() string {
	return "run it again, or copy it again from where it is whole"
}

// lostRun is the end of a run whose device or worker is gone.
type lostRun struct {
	error
	hint string
}

func (e *lostRun) Hint() string { return e.hint }

func (e *lostRun) Unwrap() error { return e.error }

// endedEarly is an error after the output folder was made.
type endedEarly struct {
	error
	hint string
}

func (e *endedEarly) Hint() string { return e.hint }

func (e *endedEarly) Unwrap() error { return e.error }
