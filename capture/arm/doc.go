// Package arm turns the interventions of a spec into arms: what the engine changes in each
// of the ways in which every sample is computed.
//
// [Compile] expands interventions, doses, blocks and controls to named arms, whose edits
// are those of package hooks. docs/interventions.md says what each key means.
package arm
