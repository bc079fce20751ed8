// Package baseline has what can be told of a sample without the model's states: the words of
// prompt and answer, their lengths, how likely the answer was, style and topic, the place of
// the tokens. Each is a space that probes are fitted in, on the same folds as the probe that
// it stands beside.
//
//	all, missing, notes, err := baseline.Of(ctx, set, tokens)
//	measured, err := baseline.Measure(ctx, cases, splits, all, found.Scores, opt)
//
// Features are made of an [Item], which has no label.
//
// It has control tasks too (Hewitt and Liang 2019), and the online code length of labels
// (Voita and Titov 2020).
package baseline
