package capture

import (
	"context"

	"intentprobe/models"
)

// Load loads a spec's model as its engine's settings say, on devices and workers and
// with converted weights, and plans nothing: for programs that drive the model
// themselves, such as a benchmark. The session has no Prepared and cannot run. Close
// frees the model. When ctx ends, loading stops with ctx's error.
func Load(ctx context.Context, spec Spec, around Options) (*Session, error) {
	path, err := FindModel(spec.Model)
	if err != nil {
		return nil, err
	}
	s := &Session{Spec: spec, Threads: int(spec.Engine.Threads), path: path, options: around}
	if s.Threads == 0 {
		s.Threads = DefaultThreads()
	}
	if err := s.load(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Model gives the loaded model, which the session frees.
func (s *Session) Model() *models.Model { return s.model }
