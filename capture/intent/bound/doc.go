// Package bound says what a few families show of a figure: one-sided bounds of means and
// shares, whether they are enough for a margin, and how many would be.
//
// A family is the unit of the ladder (docs/intent.md): wordings of one scenario are alike,
// scenarios are not. Confidence is one-sided: Lower(0.99) is above the true mean in at most
// 1 % of studies.
package bound
