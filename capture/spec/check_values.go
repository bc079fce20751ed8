package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"intentprobe/capture/hint"
)

// inside wants a number between two others.
func inside(key string, value, low, high float64) error {
	if value >= low && value <= high {
		return nil
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return hint.Usage(fmt.Errorf("%s is %s", key, number(value)), fmt.Sprintf("use a number from %s to %s", number(low), number(high)))
}

// insideAuto wants auto, or a number up to another.
func insideAuto(key string, value Auto, most int) error {
	if value >= 0 && int(value) <= most {
		return nil
	}
	return hint.Usage(fmt.Errorf("%s is %d", key, int(value)), fmt.Sprintf("use a number from 1 to %d, or auto", most))
}

// checkNames wants names that can be told apart.
func checkNames(key string, names []string) error {
	for i, name := range names {
		if err := checkName(fmt.Sprintf("%s[%d].name", key, i), name); err != nil {
			return err
		}
		if first := slices.Index(names, name); first < i {
			return hint.Usage(fmt.Errorf("%s[%d]: the name %q stands there twice, first in %s[%d]", key, i, name, key, first), "give each a name of its own")
		}
	}
	return nil
}

// checkName wants a name that can be part of an id.
func checkName(key, name string) error {
	wrong := func(what string) error {
		return hint.Usage(fmt.Errorf("%s is %q, %s", key, name, what), "names go into ids: use letters, digits, - and _")
	}
	switch {
	case strings.TrimSpace(name) == "":
		return wrong("which names nothing")
	case strings.Contains(name, "/"):
		return wrong("which holds a /")
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl):
		return wrong("which holds control characters, or is not UTF-8")
	}
	return nil
}
