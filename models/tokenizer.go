package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"intentprobe/models/gguf"
)

// Tokenize turns text, which may hold any bytes, into tokens, and adds none around
// them. parseSpecial reads "<|im_start|>" and the like as the one token they name.
func (m *Model) Tokenize(text string, parseSpecial bool) ([]Token, error) {
	if m.c == nil {
		return nil, ErrClosed
	}
	ctext := C.CString(text)
	defer C.free(unsafe.Pointer(ctext))
	out := make([]Token, len(text)+8)
	for {
		n := C.llama_tokenize(m.vocab, ctext, C.int32_t(len(text)), (*C.llama_token)(&out[0]), C.int32_t(len(out)), C.bool(false), C.bool(parseSpecial))
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
	return m.c != nil && t != m.noEnd && bool(C.llama_vocab_is_eog(m.vocab, C.llama_token(t)))
}

// IsControl says whether the token is scaffolding ("<|im_start|>", BOS), not text.
func (m *Model) IsControl(t Token) bool {
	return m.c != nil && t >= 0 && bool(C.llama_vocab_is_control(m.vocab, C.llama_token(t)))
}

// BOS gives the token that begins a text, and whether the model wants it there; -1
// and false where it has none.
func (m *Model) BOS() (Token, bool) {
	if m.c == nil || m.bos < 0 {
		return -1, false
	}
	return m.bos, bool(C.llama_vocab_get_add_bos(m.vocab))
}

// beginsText are the texts of BOS tokens that llama.cpp takes by their numbers.
var beginsText = []string{"<s>", "<bos>", "[CLS]", "<|plamo:bos|>"}

// notAnEnd is what llama.cpp warns of where it takes an end token by its number alone,
// and not for its text.
const notAnEnd = "special_eos_id is not in special_eog_ids"

// findEnds sets BOS, and the end token that is none. Where the file names no token,
// or one that it does not have, llama.cpp takes one by its number: of byte-level BPE
// number 11, which is a comma in many. Its text must tell that it is one. said is what
// llama.cpp warned of.
func (m *Model) findEnds(head *gguf.File, said []string) {
	m.bos, m.noEnd = Token(C.llama_vocab_bos(m.vocab)), -1
	if _, named := head.Special("bos"); !named && !slices.Contains(beginsText, string(m.Piece(m.bos, true))) {
		m.bos = -1
	}
	_, named := head.Special("eos")
	if !named && slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, notAnEnd) }) {
		m.noEnd = Token(C.llama_vocab_eos(m.vocab))
	}
}
