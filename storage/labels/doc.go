// Package labels writes and reads label tables: what one labelling says of a run's
// samples, in an Arrow file of its own beside the run. A table never changes; a better
// labelling is the next version of its name. docs/labels.md has the format.
package labels
