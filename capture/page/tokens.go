package page

import (
	"regexp"
	"strings"

	"intentprobe/capture/visible"
)

// control is how templates write their tokens where a report has no roles.
var control = regexp.MustCompile(`^(<\|[^|>]{1,40}\|>|</?[a-z_]{1,20}>|\[/?[A-Z_]{3,20}\])$`)

// token is one as it is shown.
type token struct {
	Text, Class, Tip string
	Break            bool // a line ends
}

// tokenOf shows a token: x is one outside of the rule, t one of the template, and p or n with
// a level one with a score (between -1 and 1, relative to the strongest).
func tokenOf(text, role string, chosen bool, score float64) token {
	var classes []string
	if level := levelOf(min(1, max(-1, score)), "p", "n"); level != "" {
		classes = append(classes, level)
	}
	if role == "template" || role == "" && control.MatchString(strings.TrimSpace(text)) {
		classes = append(classes, "t")
	}
	if !chosen {
		classes = append(classes, "x")
	}
	return token{Text: tokenText(text), Class: strings.Join(classes, " "), Break: strings.HasSuffix(text, "\n")}
}

// tokenText makes everything in a token visible: spaces are dots, line ends and tabs arrows,
// and characters that cannot be seen are escapes.
func tokenText(text string) string {
	if text == "" {
		return "∅"
	}
	text = visible.Escape(text, func(r rune) bool { return r != '\n' && r != '\t' && visible.Hidden(r) })
	return strings.NewReplacer(" ", "·", "\n", "↵", "\t", "→").Replace(text)
}
