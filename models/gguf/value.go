package gguf

import "strconv"

// Kind is the type of a metadata value.
type Kind uint32

// The kinds, by their numbers in the file.
const (
	Uint8 Kind = iota
	Int8
	Uint16
	Int16
	Uint32
	Int32
	Float32
	Bool
	String
	Array
	Uint64
	Int64
	Float64
)

var kinds = [...]struct {
	name string
	size int // of a number
}{{"u8", 1}, {"i8", 1}, {"u16", 2}, {"i16", 2}, {"u32", 4}, {"i32", 4}, {"f32", 4}, {"bool", 1}, {"text", 0}, {"array", 0}, {"u64", 8}, {"i64", 8}, {"f64", 8}}

// String gives a kind as messages call it.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k].name
	}
	return "type " + strconv.Itoa(int(k))
}

// Value is one metadata value.
type Value struct {
	Kind Kind // Array, or the kind of the one value
	Of   Kind // kind of an array's elements
	Len  int  // of an array

	text    string
	bits    uint64
	numbers []int64  // of an array of few 32-bit whole numbers: one per layer, perhaps
	texts   []string // of an array of few short texts: tags
}

// describe says what a value is, for errors.
func (v Value) describe() string {
	if v.Kind == Array {
		return "an array of " + strconv.Itoa(v.Len) + " " + v.Of.String()
	}
	return v.Kind.String()
}

// integer gives a whole number of any size.
func (v Value) integer() (int64, bool) {
	switch v.Kind {
	case Uint8, Uint16, Uint32, Uint64, Int64:
		return int64(v.bits), v.Kind != Uint64 || int64(v.bits) >= 0
	case Int8:
		return int64(int8(v.bits)), true
	case Int16:
		return int64(int16(v.bits)), true
	case Int32:
		return int64(int32(v.bits)), true
	}
	return 0, false
}
