// Package export writes a run again in formats of other programs: Parquet, NumPy's npz,
// safetensors. Columns are read in pieces, so that memory does not grow with the run.
package export
