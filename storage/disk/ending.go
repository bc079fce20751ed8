package disk

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// CheckEnding refuses a path for a file that is to be written if its name ends otherwise than
// files of its format do: readers go by the ending. what is what the file would hold, such
// as "a map"; endings are written in lower case, with their dots.
func CheckEnding(path, what string, endings ...string) error {
	ending := filepath.Ext(path)
	if slices.Contains(endings, strings.ToLower(ending)) {
		return nil
	}
	written := strings.Join(endings, " or ")
	not := "; the name has no ending"
	if ending != "" {
		not = fmt.Sprintf(", not as %q", ending)
	}
	return hint.Usage(fmt.Errorf("%s: %s is written as %s%s", path, what, written, not), "name a file that ends in ", written)
}
