package gguf

import (
	"fmt"
	"strconv"
	"strings"
)

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
