// Package labels writes and reads label tables: what one labelling says of a run's
// samples, in an Arrow file of its own beside the run. A table never changes; a better
// labelling is the next version of its name. docs/labels.md has the format.
//
// [Write] writes a [Table], [Read] reads one by its name and version, [List] gives the
// headers of all that a run has. How labels are made is package label (capture/label).
package labels
