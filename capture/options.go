package capture

import "context"

// Options are what a program does for the sessions that it opens. The zero value is one
// that does nothing.
type Options struct {
	// Trial loads a model, which lies in these files, with these adapters, where a crash of llama.cpp does no
	// harm, and says how that went; the end of ctx ends it. The command line starts itself
	// as a child process. Nil: every model is loaded untried.
	Trial func(ctx context.Context, files, adapters []string) error

	// Lost is called when a worker that a session uses is lost. llama.cpp waits for it for
	// ever, so that the program can only end: the command line reports the error and exits.
	// Nil: the loss is not reported.
	Lost func(error)
}
