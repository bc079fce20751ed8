package main

const promptText = "Tell me a long story about a ship and its crew."

// bench is where and how often it is measured.
type bench struct {
	model string
	dir   string // for files
	pairs int
	gib   int // size of the large run
}
