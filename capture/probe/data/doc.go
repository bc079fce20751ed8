// Package data reads what probes are fitted to: the samples of one or several runs with
// their class, group and split, and the spaces of a point under a token rule, whose rows are
// read from the files each time.
//
//	set, err := data.Open(ctx, []string{"runs/lies"}, data.Options{Label: "truth", Positive: "lie", Negative: "mistake", Tokens: []string{"response"}})
//	space, err := set.Space("blocks.3.hook_resid_post", "response")
//
// What would fool a probe's user is refused when a set is opened: runs of different models,
// one run twice, groups on two sides of a split. Samples are those of capture/rows: neutral
// questions, follow-ups and arms that edit are left out unless a condition names their
// column.
//
// Memory: the samples with their texts, and for each token rule a byte for each row of
// theirs, 5 where rows are tokens; reading a space takes some 2 MiB more.
package data
