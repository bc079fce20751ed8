package gguf

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// keepSpecial keeps the texts of the special tokens, by the names that their keys
// have.
func (f *File) keepSpecial() {
	f.special = map[string]string{}
	for key, v := range f.Values {
		name, isToken := strings.CutPrefix(key, "tokenizer.ggml.")
		name, isID := strings.CutSuffix(name, "_token_id")
		if id, ok := v.integer(); isToken && isID && ok && id >= 0 && id < int64(len(f.vocabulary)) {
			f.special[name] = f.vocabulary[id]
		}
	}
}

// Special gives the text of a special token: "bos", "eos", "unknown", "padding".
func (f *File) Special(name string) (string, bool) {
	token, ok := f.special[name]
	return token, ok
}

// NoToken is a special token's number, or one of a list of them, that no token has.
type NoToken struct {
	Key string
	ID  int64
}

// NoTokens lists the special tokens' numbers that no token has, by their keys.
// llama.cpp passes over them. All ones (-1) says that there is none: NullTokens.
func (f *File) NoTokens() (out []NoToken) {
	tokens := int64(f.Values[tokensKey].Len)
	for _, key := range slices.Sorted(maps.Keys(f.Values)) {
		name, ours := strings.CutPrefix(key, "tokenizer.ggml.")
		if !ours || tokens == 0 || !strings.HasSuffix(name, "_token_id") && !strings.HasSuffix(name, "_token_ids") && name != "suppress_tokens" {
			continue
		}
		v := f.Values[key]
		ids := v.numbers
		if id, ok := v.integer(); ok {
			ids = []int64{id}
		}
		for _, id := range ids {
			if id >= tokens && id != math.MaxUint32 || id < -1 {
				out = append(out, NoToken{key, id})
			}
		}
	}
	return out
}

// NullTokens lists the keys of special tokens whose number has all bits set (2^32-1):
// llama.cpp's way to say that there is no such token, which programs that write files
// also leave there by mistake.
func (f *File) NullTokens() (keys []string) {
	for key, v := range f.Values {
		name, ours := strings.CutPrefix(key, "tokenizer.ggml.")
		if id, ok := v.integer(); ours && strings.HasSuffix(name, "_token_id") && ok && id == math.MaxUint32 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
