// Package parquet reads Parquet files that may come from anywhere, row by row, as JSON
// objects: data sets of prompts. [EachRow] is all there is to call; [Limits] bound what a
// file may ask for. Runs are written as Parquet by package export.
package parquet
