package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
)

// mutation damages a file in one way; head is how many of its first bytes hold its
// structure, where most of the damage goes.
type mutation struct {
	name string
	do   func(r *rand.Rand, b []byte, head int) []byte
}

// place chooses a byte, four times out of five one of the head.
func place(r *rand.Rand, b []byte, head int) int {
	if r.IntN(5) > 0 {
		return r.IntN(min(head, len(b)))
	}
	return r.IntN(len(b))
}

// piece chooses up to 4096 bytes from a place on.
func piece(r *rand.Rand, b []byte, head int) (from, to int) {
	from = place(r, b, head)
	return from, min(len(b), from+1+r.IntN(1<<(1+r.IntN(12))))
}

// anyFile are the mutations that every kind suffers.
var anyFile = []mutation{
	{"flip", func(r *rand.Rand, b []byte, head int) []byte {
		out := bytes.Clone(b)
		for range 1 + r.IntN(8) {
			out[place(r, b, head)] ^= 1 << r.IntN(8)
		}
		return out
	}},
	{"cut", func(r *rand.Rand, b []byte, head int) []byte { return bytes.Clone(b[:place(r, b, head)]) }},
	{"remove", func(r *rand.Rand, b []byte, head int) []byte {
		from, to := piece(r, b, head)
		return append(bytes.Clone(b[:from]), b[to:]...)
	}},
	{"repeat", func(r *rand.Rand, b []byte, head int) []byte {
		from, to := piece(r, b, head)
		times := 1 + r.IntN(1<<r.IntN(8))
		return bytes.Join([][]byte{b[:from], bytes.Repeat(b[from:to], 1+times), b[to:]}, nil)
	}},
	{"swap", func(r *rand.Rand, b []byte, head int) []byte {
		from, to := piece(r, b, head)
		at := min(place(r, b, head), len(b)-(to-from))
		out := bytes.Clone(b)
		copy(out[at:], b[from:to])
		return out
	}},
}

// hugeNumbers overwrites a number of a binary file, wherever one may be.
var hugeNumbers = mutation{"huge count", func(r *rand.Rand, b []byte, head int) []byte {
	out := bytes.Clone(b)
	at := place(r, b, head)
	values := []uint64{0, 1, 2, 255, 1 << 16, math.MaxInt32, 1 << 31, math.MaxUint32, 1 << 40, math.MaxInt64, 1 << 63, math.MaxUint64}
	if at+8 > len(out) {
		return out
	}
	if v := values[r.IntN(len(values))]; r.IntN(2) == 0 {
		binary.LittleEndian.PutUint64(out[at:], v)
	} else {
		binary.LittleEndian.PutUint32(out[at:], uint32(v))
	}
	return out
}}

var nameInHead = regexp.MustCompile(`[a-z0-9_]+(\.[a-z0-9_]+)+`)

// oneValue changes what stands behind the name of a value or a tensor, and leaves
// the structure whole: a type, a number, a dimension.
var oneValue = mutation{"value", func(r *rand.Rand, b []byte, head int) []byte {
	out := bytes.Clone(b)
	names := nameInHead.FindAllIndex(b[:head], -1)
	at := names[r.IntN(len(names))][1] + 4*r.IntN(8)
	if at+8 > len(out) {
		return out
	}
	values := []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 31, 32, 33, 63, 64, 65, 100, 128, 255, 256, 1000, 1 << 16, math.MaxInt32, math.MaxUint32}
	binary.LittleEndian.PutUint32(out[at:], values[r.IntN(len(values))])
	return out
}}

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
			b.WriteString(strings.ReplaceAll("aN: &aN [*aM, *aM, *aM, *aM, *aM, *aM, *aM, *aM]\n", "N", itoa(i+1)))
		}
		return strings.ReplaceAll(b.String(), "*aM", "*a0")
	}),
	plant("bomb", func(r *rand.Rand) string {
		var b strings.Builder
		b.WriteString("\nprompts:\n  rows:\n    - &a0 {prompt: x, m: [x, x, x, x, x, x, x, x, x]}\n")
		for i := range 3 + r.IntN(12) {
			above := "*a" + itoa(i)
			b.WriteString("    - &a" + itoa(i+1) + " {prompt: x, m: [" + strings.Repeat(above+", ", 9) + above + "]}\n")
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
