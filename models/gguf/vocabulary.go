package gguf

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

const tokensKey = "tokenizer.ggml.tokens"

// checkVocabulary checks that the lists about tokens are of one length and of the
// types that llama.cpp reads, and that no token stands there twice: it asserts that.
func (f *File) checkVocabulary(string) error {
	tokens, ok := f.Values[tokensKey]
	if !ok {
		return nil
	}
	if tokens.Kind != Array || tokens.Of != String || tokens.Len == 0 {
		return absurd("key %q is %s, not a list of texts", tokensKey, tokens.describe())
	}
	for key, of := range map[string][]Kind{
		"tokenizer.ggml.scores": {Float32, Int32}, "tokenizer.ggml.token_type": {Int32}, "tokenizer.ggml.merges": {String},
	} {
		v, ok := f.Values[key]
		if !ok {
			continue
		}
		if v.Kind != Array || v.Of != of[0] && v.Of != of[len(of)-1] {
			return absurd("key %q is %s, not an array of %s", key, v.describe(), of[0])
		}
		if v.Of != String && v.Len < tokens.Len {
			return absurd("key %q has %d elements; %q lists %d tokens", key, v.Len, tokensKey, tokens.Len)
		}
	}
	for _, name := range []string{"bos", "eos", "eot", "eom"} {
		key := "tokenizer.ggml." + name + "_token_id"
		if v, ok := f.Values[key]; ok && v.Kind != Uint32 {
			return absurd("key %q is %s, not a token's number as u32", key, v.describe())
		}
	}
	return f.checkTokens()
}

// checkTokens reads the tokens as llama.cpp does, up to a zero byte.
func (f *File) checkTokens() error {
	first := make(map[string]int, len(f.vocabulary))
	for i, token := range f.vocabulary {
		if token, _, _ = strings.Cut(token, "\x00"); token == "" {
			token = "[EMPTY_" + strconv.Itoa(i) + "]" // as llama.cpp names it
		}
		if before, twice := first[token]; twice {
			return absurd("key %q: tokens %d and %d are both %q", tokensKey, before, i, token)
		}
		first[token] = i
	}
	if f.Text("tokenizer.ggml.model") != "llama" {
		return nil
	}
	// SentencePiece spells what it does not know in bytes, and llama.cpp throws out
	// of C where one is missing.
	for b := range 256 {
		_, spelled := first[fmt.Sprintf("<0x%02X>", b)]
		if _, plain := first[string([]byte{byte(b)})]; !spelled && !plain {
			return absurd("key %q has no token for the byte 0x%02x, which a text may hold", tokensKey, b)
		}
	}
	return nil
}

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
