// Package decode decodes planned samples and hands on the rows of their tokens.
//
// A [Runner] takes jobs from a [Source], group by group, and gives rows and finished samples
// to a [Sink]; it knows neither files nor folders. What it needs of llama.cpp is a
// [Decoder]. Samples are decoded together in one micro-batch, each in a sequence of its own
// in the cache. The beginning that neighbouring prompts have in common is decoded once (a
// shared prefix) and copied. A follow-up goes on from its sample's end in a sequence of its
// own; alternatives of several tokens are read in such branches, too.
//
// Where only the activations of lower blocks are wanted, a pass stops there, before the
// unembedding: see how far a batch must be computed in batch.go.
package decode
