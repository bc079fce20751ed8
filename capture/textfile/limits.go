package textfile

import (
	"fmt"

	"intentprobe/capture/hint"
)

// What is read of files that may come from anywhere (docs/datasets.md). Files that people
// write are far smaller; a larger one is refused, with its place, before it takes memory.
const (
	MaxBytes     = 256 << 20 // of a file of rows
	MaxLineBytes = 16 << 20  // of a line of text, or of a CSV row
	MaxJSONBytes = 64 << 20  // of a line of JSON
	MaxColumns   = 1000
	MaxNameBytes = 1000 // of a column's name, which is repeated in every row
	MaxDepth     = 100  // of lists and objects within each other
)

// CheckLength refuses a line, or a row of CSV, that is too long.
func CheckLength(place string, n, most int) error {
	if n > most {
		return hint.Usage(fmt.Errorf("%s: %d bytes; a row has at most %s", place, n, Size(int64(most))), "shorten its texts; a line break or a quote may be missing")
	}
	return nil
}

// Size writes a limit as people read it.
func Size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// Excerpt cuts a text that an error quotes.
func Excerpt(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "..."
	}
	return s
}
