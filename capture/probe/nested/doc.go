// Package nested measures probes by samples that they have not seen, where something is
// chosen too: a layer, a token rule, a method, how much is regularised. All of it is chosen
// inside the training samples of each split ([Search]), and permutations of the labels go
// through the same choice ([Permute]).
//
//	cells, splits, err := nested.Cross(labels, questions, 5, 5, seed)
//	found, err := nested.Search(ctx, nested.Cases{Positive: lies, Group: questions, Cell: cells}, layers, splits, candidates, nested.Options{})
//	null, err := nested.Permute(ctx, cases, layers, splits, candidates, 1000, seed, nested.Options{})
//
// It knows no models, runs or files: its input are rows ([fit.Rows]), classes and groups.
//
// # Rows of tokens
//
// A [Space] may have several rows of one sample. In training each row then counts one in the
// number of its sample's rows, so that a long answer counts as much as a short one. A sample's
// score is that of its rows, pooled as the space says.
//
// # Determinism
//
// What comes out follows from the input and the seeds. It does not depend on the number of
// threads.
package nested
