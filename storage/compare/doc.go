// Package compare compares a group of a run with the same group written again, sample by
// sample: texts and tokens, what rows carry, activations bit by bit, and reductions.
// [Group] does it; a [Result] says how many samples differ and where they first do.
package compare
