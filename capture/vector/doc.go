// Package vector reads and writes direction files, and makes directions of the rows of
// runs. docs/format.md has the format: safetensors with one metadata key, "capture".
//
// [Read] opens a file, checks all that it can show by itself and knows the names in it;
// [File.Named] and [File.At] read a [Direction]. [Write] writes one, whole or not at all.
package vector
