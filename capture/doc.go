// Package capture runs prompts through a model and captures what the model computes
// while it reads and answers them: for each token, the activations at chosen hook points.
//
// # From a spec to rows
//
// A [Spec] says what to run: the model, the prompts, how responses are sampled, which
// hook points and tokens are captured. [Open] loads the model and plans every sample;
// the result is a [Session], which has memory of llama.cpp's until its Close:
//
//	spec := capture.DefaultSpec()
//	spec.Model = "smollm2-135m-instruct"
//	spec.Prompts.Text = []string{"Is the earth flat?"}
//	spec.Generate.MaxTokens = 16
//	session, err := capture.Open(ctx, spec, capture.Options{})
//	...
//	defer session.Close()
//	memory := new(capture.MemorySink)
//	err = session.RunInto(ctx, memory, nil)
//	...
//	row := memory.Samples[0].Tokens[0].Activations["blocks.15.hook_resid_post"] // d_model values
//
// [Session.Run] writes a run directory instead (docs/format.md), which package rundir
// reads. [Session.RunInto] hands the rows to a [Sink]; [MemorySink] keeps them as Go
// values. [Reopen] opens a run directory again, to finish it or to repeat it.
//
// # Errors
//
// What is wrong with a spec or its prompts is a [hint.UsageError]. Most errors have a hint
// on what to do next, which [hint.Of] gives. llama.cpp ends the process at some faults of a
// file, and waits for ever for a worker that is lost: [Options] says what a program can do
// about both.
//
// # The parts
//
// What a session does before anything is decoded is package plan: [Session.Prepared] holds
// a job for each sample. Rendering and tokenising prompts is package prompt. The decoder,
// and the sinks and sources that it knows, are package decode. Package label labels the
// samples of a run. This package opens and places models, surveys which hook points they
// have, writes the manifest, and resumes and replays runs.
package capture
