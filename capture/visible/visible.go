// Package visible makes text of models and files safe to look at: what a terminal or a browser
// may obey, or hide behind, is shown and not obeyed.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Unsafe says which characters may be obeyed or hidden behind: controls, escape sequences
// among them, the second set of them at 0x80, and those that turn the direction of writing.
func Unsafe(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// Hidden says which characters are unsafe or cannot be seen: marks of no width, soft hyphens,
// byte order marks, tags. Joiners, which scripts and emoji need, are not among them.
func Hidden(r rune) bool {
	return Unsafe(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

// Text shows what is unsafe in a text, and bytes that are no UTF-8, as escapes.
func Text(s string) string { return Escape(s, Unsafe) }

// Escape shows bytes that are no UTF-8, and the characters that hidden names, as escapes of Go:
// \n, \t, \x9b, \u202e, \U000e0041.
func Escape(s string, hidden func(rune) bool) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !hidden(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return b.String()
}
