package capture

import "intentprobe/models"

// Load loads a spec's model as its engine's settings say, on devices and workers and
// with converted weights, and plans nothing: for programs that drive the model
// themselves, such as a benchmark. The session has no Prepared and cannot run. Close
// frees the model.
func Load(spec Spec) (*Session, error) {
	path, err := FindModel(spec.Model)
	if err != nil {
		return nil, err
	}
	s := &Session{Spec: spec, Threads: int(spec.Engine.Threads), path: path}
	if s.Threads == 0 {
		s.Threads = DefaultThreads()
	}
	if err := s.load(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Model gives the loaded model, which the session frees.
func (s *Session) Model() *models.Model { return s.model }
