// Package hooks names the places in a model where activations can be read, and finds
// them in the graph that llama.cpp computes.
//
// Names are TransformerLens's ("blocks.7.hook_resid_post") and are the column names of the
// files. Some differ in meaning or are ours alone: docs/hooks.md compares them, and the
// constants of [Site] say what each is and its shape.
//
//   - A [Point] is one place: a [Site] and the number of its layer, from 0.
//   - An [Arch] says which nodes of llama.cpp's graph hold the residual stream of an
//     architecture ([ForArch]).
//   - [Locate] finds every point in a [Graph], which models.Context.Graph gives. The result
//     is a [Map] of what this model offers.
//   - [Map.Check] checks the map against the numbers of one decode: the equations of the
//     residual stream ([Identity]) must hold. [Map.Refuse] drops the points of those that do
//     not.
//   - [Map.Select] resolves what a user writes ("resid_post:25%") to points of the map.
//   - A [Plan] is what the engine copies at each decode.
//
// The package knows nothing of the engine or of files and builds without cgo.
package hooks
