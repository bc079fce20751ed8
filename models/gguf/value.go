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
	Kind Kind // Array or that of the one
	Of   Kind // of an array: of its elements
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

// What is read of texts and arrays. A chat template takes some KiB; vocabularies
// have up to 300 thousand tokens and a million merges.
const (
	mostKey     = 1 << 10
	mostText    = 1 << 20
	mostStrings = 1 << 22 // in all arrays together
	mostNumbers = mostLayers
	mostTexts   = 64 // of an array that is kept and is no vocabulary
)

func (f *File) readValues(in *reader, n uint64) error {
	f.Values = map[string]Value{}
	strings := uint64(0)
	for i := range n {
		in.at("the key of metadata value %d of %d", i+1, n)
		key := in.name(mostKey)
		in.at("key %q", key)
		kind := Kind(in.u32())
		if in.err != nil {
			return in.err
		}
		if _, twice := f.Values[key]; twice {
			return damaged("key %q stands there twice", key)
		}
		v := Value{Kind: kind}
		switch {
		case kind == String:
			if text, ok := in.textOrSkip(mostText); ok {
				v.text = text
			}
		case kind == Array:
			f.readArray(in, key, &v, &strings)
		case int(kind) < len(kinds):
			v.bits = in.number(kinds[kind].size)
		default:
			in.fail("key %q is of %s; types 0 to %d are known", key, kind, len(kinds)-1)
		}
		if in.err != nil {
			return in.err
		}
		f.Values[key] = v
	}
	return nil
}

// readArray reads an array. Only the vocabulary and short lists of numbers and texts
// are kept; strings counts those of all arrays.
func (f *File) readArray(in *reader, key string, v *Value, strings *uint64) {
	v.Of = Kind(in.u32())
	n := in.u64()
	if in.err != nil {
		return
	}
	size := uint64(8) // of a string at least
	switch {
	case v.Of == Array:
		in.fail("key %q is an array of arrays, which llama.cpp does not read", key)
		return
	case int(v.Of) >= len(kinds):
		in.fail("key %q is an array of %s; types 0 to %d are known", key, v.Of, len(kinds)-1)
		return
	case v.Of != String:
		size = uint64(kinds[v.Of].size)
	}
	if n > in.left()/size {
		in.fail("key %q is an array of %d %s, more than the %d bytes behind it hold", key, n, v.Of, in.left())
		return
	}
	v.Len = int(n)
	switch {
	case v.Of == String:
		if *strings += n; *strings > mostStrings {
			in.fail("key %q: the arrays up to here hold %d texts; at most %d are read", key, *strings, mostStrings)
			return
		}
		for i := 0; i < v.Len && in.err == nil; i++ {
			switch {
			case key == tokensKey:
				f.vocabulary = append(f.vocabulary, in.text(mostText))
			case v.Len <= mostTexts:
				text, _ := in.textOrSkip(mostKey)
				v.texts = append(v.texts, text)
			default:
				in.skip(in.u64())
			}
		}
	case (v.Of == Uint32 || v.Of == Int32) && n <= mostNumbers:
		for range v.Len {
			number, _ := Value{Kind: v.Of, bits: in.number(4)}.integer()
			v.numbers = append(v.numbers, number)
		}
	default:
		in.skip(n * size)
	}
}
