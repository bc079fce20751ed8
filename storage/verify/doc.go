// Package verify checks a run directory against every promise of docs/format.md. Each file
// is read once, front to back, and a broken promise is a [Problem] of the [Report], never
// the end of the program: the files may come from anywhere.
//
// [Run] checks a folder, [Group] one group of a run whose manifest is known. Schemas and
// columns are those of package rundir; what is here are the rules between their values.
package verify
