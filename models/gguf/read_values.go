package gguf

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
