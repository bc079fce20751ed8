// Package fit fits the probes that the literature uses, as it defines them, to rows that are
// read one after another, as often as a method needs: [Measure] once, then one of
// [MassMean], [MassMeanCovariance], [LDA], [Components], [Logistic], [CCS], [LEACE], [INLP].
//
// Rows belong to folds, and a probe is trained on a set of folds, so that the probes of all
// splits, nested ones too, come from the same passes over the rows. Weights and bias are in
// the units of the rows: what standardises them is folded in.
//
// Sums are of float64 and in the order of the rows: the same rows, in blocks of the same
// sizes, give the same probes.
package fit
