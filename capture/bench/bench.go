// Package bench measures a model on this machine: how much slower it is when it is
// captured, what batches and other weights gain, and how far the activations of
// quantised weights are from those of float32.
//
//	m, err := bench.Open(ctx, bench.Options{Model: "smollm2-135m-instruct", Engine: spec.Default().Engine, Dir: dir, Threads: 4, Pairs: 7})
//	defer m.Close()
//	err = m.Decode(ctx, func(t bench.Timing) { fmt.Println(t.Name, t.Ratio.Median) })
//
// Every [Timing] alternates two ways of doing the same work and gives the median of the
// pairs' ratios: other processes disturb both ways alike, and a machine whose speed
// drifts still gives a right ratio. Captured runs are written to the disk and synced.
package bench

import (
	"context"
	"fmt"

	"intentprobe/capture"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
)

// Options say what is measured.
type Options struct {
	Model   string      // file or name
	Engine  spec.Engine // its weights mode and its devices
	Dir     string      // for the runs that are written
	Threads int
	Pairs   int             // of each timing, after one that is not counted
	Session capture.Options // of the session that loads the model
}

// Model is a loaded model that is measured. Close frees it.
type Model struct {
	opt     Options
	session *capture.Session
	model   *models.Model
	hooks   *hooks.Map
	prompt  []models.Token // short
	long    []models.Token // longPrompt of them
	decode  int            // tokens to draw
}

// How much work a timing does.
const (
	drawnTokens = 256 // drawn after the short prompt
	longPrompt  = 512 // tokens of each long prompt
	longPrompts = 4
	promptText  = "Tell me a long story about a ship and its crew."
)

// Open loads a model as its engine's settings say.
func Open(ctx context.Context, opt Options) (*Model, error) {
	s := spec.Default()
	s.Model, s.Engine = opt.Model, opt.Engine
	s.Engine.Threads = spec.Auto(opt.Threads)
	session, err := capture.Load(ctx, s, opt.Session)
	if err != nil {
		return nil, err
	}
	m := &Model{opt: opt, session: session, model: session.Model()}
	if m.hooks, _, err = capture.SurveyModel(ctx, m.model, opt.Threads); err != nil {
		m.Close()
		return nil, err
	}
	if m.prompt, err = tokenize(m.model, promptText); err != nil || len(m.prompt) == 0 {
		m.Close()
		return nil, fmt.Errorf("the model does not tokenise %q: %w", promptText, err)
	}
	trained := m.model.Facts().TrainContext
	m.decode = min(drawnTokens, trained-len(m.prompt))
	for len(m.long) < min(longPrompt, trained) {
		m.long = append(m.long, m.prompt...)
	}
	m.long = m.long[:min(longPrompt, trained)]
	return m, nil
}

// Close frees the model.
func (m *Model) Close() { m.session.Close() }

// OneAtATime says that the model has recurrent blocks, whose samples are not decoded
// together.
func (m *Model) OneAtATime() bool { return m.model.Facts().Recurrent }

// spec gives the spec of a captured run.
func (m *Model) spec(hooks []string, maxTokens int) spec.Spec {
	s := spec.Default()
	s.Chat.Template = "none"
	s.Capture.Hooks = hooks
	s.Generate.MaxTokens = maxTokens
	s.Engine.Batch = 1
	if maxTokens == 0 {
		s.Capture.Logprobs = "none"
	}
	return s
}
