// Package metric says how well scores tell two classes apart, with what certainty, and what
// so many groups can resolve at all. It knows nothing of models, runs or files: its input are
// scores, labels and groups.
//
//	a, err := metric.AUROC(metric.Data{Score: scores, Positive: lies, Group: questions}, 0.95)
//	fmt.Println(a.Value, a.Low, a.High, a.Groups, a.Note)
//
// # Groups
//
// Rows of one group (a question) are not independent of each other, so groups are what is
// counted: variances are those of the jackknife over groups, quantiles are Student's t, and
// where nothing varies the limits are exact binomial limits over groups. An [Interval] says
// how it was made, of how many rows and groups, and in its Note what its reader has to know.
// What was tried and how often the intervals hold the truth is in
// docs/decisions/019-intervals-of-auroc.md.
//
// # Determinism
//
// What is drawn (folds, permutations, bootstrap) follows from a seed and the order of the
// rows alone.
package metric
