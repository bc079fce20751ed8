// Package rows chooses what of a run directions and probes are made of: samples of two
// classes, and of these the rows that an expression of tokens selects. It streams their
// values, each row by itself or pooled to one a sample, in bounded memory and as often as a
// method needs.
package rows
