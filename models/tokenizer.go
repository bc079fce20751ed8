package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Tokenize turns text, which may hold any bytes, into tokens. addSpecial adds
// what the model wants around a text (a BOS token, for most); parseSpecial reads
// "<|im_start|>" and the like as the one token they name.
func (m *Model) Tokenize(text string, addSpecial, parseSpecial bool) ([]Token, error) {
	if m.c == nil {
		return nil, ErrClosed
	}
	ctext := C.CString(text)
	defer C.free(unsafe.Pointer(ctext))
	out := make([]Token, len(text)+8)
	for {
		n := C.llama_tokenize(m.vocab, ctext, C.int32_t(len(text)), (*C.llama_token)(&out[0]), C.int32_t(len(out)), C.bool(addSpecial), C.bool(parseSpecial))
		if n >= 0 {
			return out[:n:n], nil
		}
		if int(-n) <= len(out) {
			return nil, fmt.Errorf("models: tokenize %.40q: llama.cpp returned %d", text, n)
		}
		out = make([]Token, -n)
	}
}

// Piece gives the bytes of one token, which need not be valid UTF-8. special
// says whether a control token ("<|im_end|>") has a text or is empty.
func (m *Model) Piece(t Token, special bool) []byte {
	if m.c == nil || t < 0 || int(t) >= m.facts.Vocabulary {
		return nil
	}
	buf := make([]byte, 64)
	for {
		n := C.llama_token_to_piece(m.vocab, C.llama_token(t), (*C.char)(unsafe.Pointer(&buf[0])), C.int32_t(len(buf)), 0, C.bool(special))
		if n >= 0 {
			return buf[:n]
		}
		buf = make([]byte, -n)
	}
}

// Detokenize gives the text of a sequence of tokens without its control tokens,
// as llama.cpp joins it: a space that only opens a SentencePiece text is dropped
// where the sequence begins it.
func (m *Model) Detokenize(tokens []Token) string {
	if m.c == nil || len(tokens) == 0 {
		return ""
	}
	buf := make([]byte, 16*len(tokens)+16)
	for {
		n := C.llama_detokenize(m.vocab, (*C.llama_token)(unsafe.Pointer(&tokens[0])), C.int32_t(len(tokens)), (*C.char)(unsafe.Pointer(&buf[0])), C.int32_t(len(buf)), C.bool(false), C.bool(false))
		if n >= 0 {
			return string(buf[:n])
		}
		buf = make([]byte, -n)
	}
}

// EndsGeneration says whether the model stops after this token (end of text,
// end of turn).
func (m *Model) EndsGeneration(t Token) bool {
	return m.c != nil && bool(C.llama_vocab_is_eog(m.vocab, C.llama_token(t)))
}

// IsControl says whether the token is scaffolding ("<|im_start|>", BOS), not text.
func (m *Model) IsControl(t Token) bool {
	return m.c != nil && bool(C.llama_vocab_is_control(m.vocab, C.llama_token(t)))
}

// BOS gives the token that begins a text, and whether the model wants it there.
func (m *Model) BOS() (Token, bool) {
	if m.c == nil {
		return -1, false
	}
	return Token(C.llama_vocab_bos(m.vocab)), bool(C.llama_vocab_get_add_bos(m.vocab))
}
