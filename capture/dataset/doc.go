// Package dataset makes the rows of a run: one [Row] a prompt, with what is known of it.
//
// [Read] reads prompts as they are: from a file (CSV, TSV, JSON, JSON lines, Parquet, or
// lines of text), or as they stand in a spec. A row is a prompt or a conversation, perhaps
// with a response that is given; whatever else it has becomes its metadata.
//
// [FromSpec] makes the rows of an experiment of them. In this order it
//
//   - gives every row its question, and every question its split,
//   - asks first, neutrally, whether the model knows the answers, where the spec wants it,
//   - gives every row each treatment (a condition met with a style), whose texts are
//     templates with the row's keys as variables,
//   - compares the rows of each pair, and refuses those that differ in something that the
//     spec does not declare ([Dataset.Pairs] sums up the differences).
//
// The rows follow from the spec and the file alone. [Dataset.Text] writes them as a run
// keeps them; read again, they are the same. Errors are [hint.UsageError] and name the file
// and the line. The package needs no cgo and loads no model.
package dataset
