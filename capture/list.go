package capture

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Names is a list of names without commas and spaces, written a,b or [a, b].
type Names []string

// UnmarshalText reads either form.
func (n *Names) UnmarshalText(text []byte) error {
	*n = listed(text)
	return nil
}

// UnmarshalJSON reads an array, or a text as UnmarshalText does.
func (n *Names) UnmarshalJSON(text []byte) error {
	*n = listed(text)
	return nil
}

// Numbers is a list of numbers, written 3,1 or [3, 1].
type Numbers []float32

// UnmarshalText reads either form.
func (n *Numbers) UnmarshalText(text []byte) error {
	*n = nil
	for _, word := range listed(text) {
		x, err := strconv.ParseFloat(word, 32)
		if err != nil {
			return fmt.Errorf("%q is not a number", word)
		}
		*n = append(*n, float32(x))
	}
	return nil
}

// UnmarshalJSON reads an array, or a text as UnmarshalText does.
func (n *Numbers) UnmarshalJSON(text []byte) error { return n.UnmarshalText(text) }

// listed splits what stands in a list, in any of the ways to write one.
func listed(text []byte) (out []string) {
	for _, word := range strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune(", []\n\t", r) }) {
		if quoted := ""; json.Unmarshal([]byte(word), &quoted) == nil {
			word = quoted
		}
		if word != "" && word != "null" {
			out = append(out, word)
		}
	}
	return out
}
