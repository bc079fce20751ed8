package capture

import "intentprobe/capture/decode"

// The names of package decode that every caller of Session.RunInto writes.
type (
	// Sink takes what a run decodes.
	Sink = decode.Sink
	// MemorySink is a Sink that keeps rows as Go values.
	MemorySink = decode.MemorySink
	// Progress says how far a run has come.
	Progress = decode.Progress
	// NotFiniteError says that the model came to values that are no finite numbers.
	NotFiniteError = decode.NotFiniteError
)
