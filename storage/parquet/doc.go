// Package parquet reads Parquet files that may come from anywhere, row by row, as JSON
// objects: data sets of prompts. What a file may ask for is bounded by Limits.
package parquet
