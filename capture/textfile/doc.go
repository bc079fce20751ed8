// Package textfile reads text files that may come from anywhere: lines, tables (CSV and
// TSV) and JSON. It is strict, so that nothing is read in another way than it was meant:
// a key that stands twice, a quote that is not closed or half of a character is an
// error. It is bounded: a file, a line or a nesting above the limits is refused before it
// takes memory.
//
// Errors are [hint.UsageError] and name the file and the line. What the rows mean is up to
// the caller: data sets and files of labels are read through this package.
package textfile
