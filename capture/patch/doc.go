// Package patch sweeps over a model: the row of each block and position is swapped with
// that of the pair's other half, one arm for each ([Sweep]), and the effects on the
// alternatives are put together as a map of layers and positions ([Of], [Map]).
//
// That is activation patching, also called causal tracing or interchange (Vig et al. 2020;
// Meng et al. 2022; Wang et al. 2022). The runs are ordinary ones, with interventions that a
// person could have written: docs/interventions.md.
package patch
