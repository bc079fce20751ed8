// Package hooks names the places in a model where activations can be read.
//
// Names are TransformerLens's ("blocks.7.hook_resid_post") and are the column
// names of the files. A [Selector] is what a user writes ("resid_post:25%"), a
// [Point] is one place, an [Arch] says which tensor of llama.cpp's graph holds
// it for an architecture, and a [Plan] is what the engine copies at each decode.
//
// The package knows nothing of the engine or of files and builds without cgo.
package hooks
