package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"regexp"
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
