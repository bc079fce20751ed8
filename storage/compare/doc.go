// Package compare holds a group of a run against the same group written again, sample by
// sample: texts and tokens, what rows carry, activations bit by bit, and reductions.
package compare
