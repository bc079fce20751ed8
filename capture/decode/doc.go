// Package decode decodes planned samples and hands on the rows of their tokens.
//
// A [Runner] takes jobs from a [Source], group by group, and gives rows and finished samples
// to a [Sink]; it knows neither files nor folders. What it needs of llama.cpp is a
// [Decoder]:
//
//	runner := decode.Runner{
//		Prepared: prepared, // by plan.Prepare
//		Map:      points,   // of the engine's own graphs, by hooks.Locate
//		Engine:   engine,   // a *models.Context
//		Source:   decode.PlannedGroups(prepared, prepared.Groups(nil)),
//		Sink:     sink, // by WriterSink, or a *MemorySink
//	}
//	err := runner.Run(ctx)
//
// Session.Run and Session.RunInto of package capture put one together. To do something else
// with activations as they come, implement Sink: its comments say what is called when, and
// who owns which memory.
//
// Samples are decoded together in one micro-batch, each in a sequence of its own in the
// cache. The beginning that neighbouring prompts have in common is decoded once (a shared
// prefix) and copied. A follow-up continues from its sample's end in a sequence of its own;
// alternatives of several tokens are read in such branches, too. Where only the activations
// of lower blocks are wanted, a pass stops there, before the unembedding.
package decode
