// Package export writes a run again in formats of other programs: Parquet, NumPy's npz,
// safetensors. [Write] does it. Columns are read in pieces, so that memory does not grow
// with the run. Nothing in the run directory is changed.
package export
