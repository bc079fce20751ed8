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
// # Planning
//
// [Prepare] turns each row of the dataset into messages, the messages into text by the
// chat template, the text into tokens with roles and turns. It gives a [Job] for each
// sample: a prompt, and a response that is given or to be sampled. The plan is a function
// of the spec, the dataset and the model, never of time, so that a run can be repeated to
// the bit.
//
// # Decoding
//
// A [Runner] decodes jobs. It takes them from a [Source], group by group, and hands rows
// and finished samples to a Sink; it knows neither files nor folders. Samples are decoded
// together in one micro-batch of llama.cpp, each in a sequence of its own. The beginning
// that neighbouring prompts have in common is decoded once (a shared prefix). A follow-up
// is a question after the response, decoded in a sequence that goes on from there;
// alternatives of several tokens are read in such branches, too.
package capture
