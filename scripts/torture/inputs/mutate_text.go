package main

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"
)

// plant puts a text where a line or a value may begin.
func plant(name string, text func(r *rand.Rand) string) mutation {
	return mutation{name, func(r *rand.Rand, b []byte, head int) []byte {
		at := place(r, b, head)
		for range 40 {
			if at == 0 || bytes.ContainsRune([]byte("\n:,[{ "), rune(b[at-1])) {
				break
			}
			at--
		}
		return bytes.Join([][]byte{b[:at], []byte(text(r)), b[at:]}, nil)
	}}
}

func many(text string) func(r *rand.Rand) string {
	return func(r *rand.Rand) string { return strings.Repeat(text, 1<<(4+r.IntN(16))) }
}

// textFile are those of a file of text.
var textFile = []mutation{
	plant("deep list", many("[")), plant("deep object", many(`{"a":`)), plant("long line", many("x")), plant("quotes", many(`"`)),
	plant("commas", many(",")), plant("blank lines", many("\n")), plant("escapes", many(`\ud800`)), plant("zeros", many("\x00")),
	plant("number", func(r *rand.Rand) string {
		return "9" + strings.Repeat("9", r.IntN(1000)) + "e" + strings.Repeat("9", r.IntN(20))
	}),
	plant("terminal", func(*rand.Rand) string { return "\x1b]0;x\x07\u009b2J\u202e" }),
	plant("not UTF-8", func(*rand.Rand) string { return "\xff\xfe\xc3" }),
}

// yamlFile are those of YAML.
var yamlFile = []mutation{
	plant("aliases", func(r *rand.Rand) string {
		var b strings.Builder
		b.WriteString("\na0: &a0 [x, x]\n")
		for i := range 5 + r.IntN(40) {
			b.WriteString(strings.ReplaceAll("aN: &aN [*aM, *aM, *aM, *aM, *aM, *aM, *aM, *aM]\n", "N", strconv.Itoa(i+1)))
		}
		return strings.ReplaceAll(b.String(), "*aM", "*a0")
	}),
	plant("bomb", func(r *rand.Rand) string {
		var b strings.Builder
		b.WriteString("\nprompts:\n  rows:\n    - &a0 {prompt: x, m: [x, x, x, x, x, x, x, x, x]}\n")
		for i := range 3 + r.IntN(12) {
			above := "*a" + strconv.Itoa(i)
			b.WriteString("    - &a" + strconv.Itoa(i+1) + " {prompt: x, m: [" + strings.Repeat(above+", ", 9) + above + "]}\n")
		}
		return b.String()
	}),
	plant("merge", many("<<: *a\n")), plant("anchor", many("&a ")), plant("tags", many("!!binary ")), plant("documents", many("---\n")),
	plant("indents", func(r *rand.Rand) string {
		var b strings.Builder
		for i := range 1 << (2 + r.IntN(9)) {
			b.WriteString("\n" + strings.Repeat(" ", i) + "a:")
		}
		return b.String()
	}),
	plant("dashes", many("- ")),
}
