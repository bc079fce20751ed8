package capture

import (
	"errors"
	"fmt"
	"strings"
)

// fillText puts values in the place of {names}; {{ and }} are braces. Braces in the
// values mean nothing.
func fillText(text string, value func(name string) (string, error)) (string, error) {
	var out strings.Builder
	for {
		at := strings.IndexAny(text, "{}")
		if at < 0 {
			out.WriteString(text)
			return out.String(), nil
		}
		out.WriteString(text[:at])
		brace, rest := text[at], text[at+1:]
		if rest != "" && rest[0] == brace {
			out.WriteByte(brace)
			text = rest[1:]
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		if brace == '}' || !closed || name == "" || strings.Contains(name, "{") {
			return "", errors.New("a brace that belongs to no {name}; one that is text is written {{ or }}")
		}
		filled, err := value(name)
		if err != nil {
			return "", fmt.Errorf("{%s}: %w", name, err)
		}
		out.WriteString(filled)
		text = after
	}
}
