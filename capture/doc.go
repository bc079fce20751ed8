// Package capture is what a run is: its spec, the prompts and what becomes of
// them (messages, rendered text, tokens with roles), the schedule of samples,
// and the loop that decodes them and hands every row to storage.
//
// The schedule is a function of the spec, the dataset and the model, never of
// time, so that a run can be repeated to the bit.
package capture

// hinted is an error with a line on what to do next, which the command line
// prints below it.
type hinted struct {
	error
	hint string
}

func (e *hinted) Hint() string  { return e.hint }
func (e *hinted) Unwrap() error { return e.error }

// UsageError is an error in what was asked for: the spec, a flag, the prompts.
// Nothing has been written.
type UsageError struct{ hinted }

func usage(err error, hint string) error { return &UsageError{hinted{err, hint}} }
