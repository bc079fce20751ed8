// Package plan decides all that a run does before anything is decoded.
//
// [Prepare] makes a [Prepared] of a spec, its dataset and the facts of a model: a [Job] for
// each sample, in the order of their ids. A job holds its prompt, the response that is given
// or how one is sampled, a seed of its own, and how many rows it has at most. Follow-ups are
// jobs right after their sample. The plan is a function of the spec, the dataset and the
// model, never of time, so that a run can be repeated to the bit.
//
// Prepared also says how large the engine's context must be ([Prepared.ContextOptions]),
// which samples are committed together ([Prepared.Groups]), which beginnings of prompts are
// decoded once for several samples ([PrefixLengths]), and, token by token, which of a sample
// have rows ([RowDecision]).
package plan
