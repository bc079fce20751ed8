package label

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/labels"
)

// checkValues refuses values that cannot be told apart from each other, or from ambiguous
// ones.
func checkValues(values []string) error {
	for i, v := range values {
		switch {
		case strings.TrimSpace(v) == "":
			return hint.Usage(fmt.Errorf("an empty value in %q", values), "name every value")
		case v == labels.Ambiguous:
			return hint.Usage(fmt.Errorf("%q is always allowed, and means that it cannot be told", v), "leave it out of the values")
		case slices.Contains(values[:i], v):
			return hint.Usage(fmt.Errorf("the value %q twice", v), "name every value once")
		}
	}
	return nil
}
