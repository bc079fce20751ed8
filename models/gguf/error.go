package gguf

import "fmt"

// Error says what is wrong with a file. Its text follows the file's name and a colon.
type Error struct {
	Reason string
	Advice string // what to do next
	What   string // what the file is, in a few words, if it is whole and no model; else empty
}

func (e *Error) Error() string { return e.Reason }

// Hint says what to do next.
func (e *Error) Hint() string { return e.Advice }

const (
	damagedHint   = "the file is damaged or not whole: check its size and checksum against its source, or fetch it again"
	convertedHint = "the file was converted wrongly or made to do harm: fetch the model from another source, or convert it again"
)

// damaged is an error of a file whose structure is broken.
func damaged(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Advice: damagedHint}
}

// absurd is an error of a file that is well-formed and makes no sense.
func absurd(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Advice: convertedHint}
}
