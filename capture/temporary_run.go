package capture

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"intentprobe/capture/hint"
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// TemporaryRun lets a model answer prompts, greedily, through the same engine as any run,
// and keeps nothing: its run directory lies in a temporary folder for as long as it
// takes. Method Generate is what label.Judge needs of a model.
type TemporaryRun struct {
	Model        string // file or name
	Template     string // of the chat: auto, none or a file; empty is auto
	TemplateName string // one of the model's named templates
	MaxTokens    int    // of each answer
	Threads      int    // 0: as many as the process may use

	Options  Options // of the session that answers
	Tool     rundir.Tool
	Progress func(Progress)         // may be nil
	Found    func([]prompt.Finding) // may be nil; called with what is known to go wrong with the model's file
}

// Generate answers the prompts of a data set. It gives the samples, one a prompt in their
// order, and the manifest of the run. Errors are those of Open and Session.Run.
func (r *TemporaryRun) Generate(ctx context.Context, dataset string) ([]rundir.Sample, *rundir.Manifest, error) {
	if r.MaxTokens < 1 {
		return nil, nil, hint.Usage(errors.New("an answer of "+plural.Count(r.MaxTokens, "token")), "give ", hint.Key("generate.max_tokens"), " a number above 0")
	}
	temp, err := os.MkdirTemp("", "capture-run-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(temp)
	wanted := DefaultSpec()
	wanted.Model, wanted.Prompts.File, wanted.Out = r.Model, dataset, filepath.Join(temp, "run")
	wanted.Generate.MaxTokens, wanted.Engine.Threads = r.MaxTokens, spec.Auto(r.Threads)
	wanted.Capture.Hooks, wanted.Capture.Tokens, wanted.Capture.Logprobs = []string{"resid_post:-1"}, "last", "none"
	if r.Template != "" {
		wanted.Chat.Template = r.Template
	}
	wanted.Chat.TemplateName = r.TemplateName
	session, err := Open(ctx, wanted, r.Options)
	if err != nil {
		return nil, nil, err
	}
	defer session.Close()
	if r.Found != nil {
		r.Found(session.Findings)
	}
	result, err := session.Run(ctx, RunOptions{Tool: r.Tool, Progress: r.Progress, FS: disk.Unsynced{}})
	if err != nil {
		return nil, nil, err
	}
	run, err := rundir.Open(result.Dir)
	if err != nil {
		return nil, nil, err
	}
	samples, err := run.Samples()
	return samples, run.Manifest, err
}
