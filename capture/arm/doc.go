// Package arm makes the arms of an experiment with interventions: which edits of which
// rows a sample is decoded with.
//
// An arm is a name, such as lie@2 or lie@2/random.7, and a list of interventions in the
// order of the spec. The arm "none" is the first of every [Set]: it changes nothing, and
// what other arms do is held against it.
//
// [Files] opens the direction files that a spec names, before a model is loaded; [Compile]
// then makes the arms for one model, and [CompileProbes] what scores the rows of a run.
// [Directions] keeps the directions that were used, and [Kept] reads them back, so that a
// run can be repeated without the files.
// docs/interventions.md says what the keys of a spec mean.
package arm
