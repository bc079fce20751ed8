// Package capture runs prompts through a model and captures what the model computes
// while it reads and answers them: for each token, the activations at chosen hook points.
//
// # From a spec to rows
//
// A [Spec] says what to run: the model, the prompts, how responses are sampled, which
// hook points and tokens are captured. [Open] loads the model and plans every sample;
// the result is a [Session]. [Session.Run] writes a run directory (docs/format.md).
// [Session.RunInto] hands the same rows to a [Sink]; [MemorySink] keeps them as Go
// values. [Reopen] opens a run directory again, to finish it or to repeat it.
//
// # The parts
//
// What a session does before anything is decoded is package plan: [Session.Prepared] holds
// a job for each sample. Rendering and tokenising prompts is package prompt. The decoder,
// and the sinks and sources that it knows, are package decode. This package opens and
// places models, surveys which hook points they have, says in the manifest what a run is,
// and resumes and replays runs.
package capture
