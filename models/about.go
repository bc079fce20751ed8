package models

// #include "shim.h"
import "C"

import (
	"path/filepath"

	"intentprobe/models/gguf"
)

// About is what a GGUF says of its tokenizer, of its chat templates and of what it was
// trained for, and what llama.cpp had to say of it.
type About struct {
	Names     []string          // the file's, and what it calls the model
	Tags      []string          // general.tags
	Tokenizer string            // kind: "gpt2" is byte-level BPE, "llama" SentencePiece
	Pre       string            // pre-tokenizer of byte-level BPE, empty where none is named
	AddBOS    bool              // wanted in front of a text
	AddEOS    bool              // or SEP, wanted behind a text; never added here
	NamesEOS  bool              // some token is named as the end of a text
	NoTokens  []NoToken         // special tokens that no token is
	Ends      []Token           // of tokenizer.ggml.eos_token_ids, which llama.cpp does not read
	Templates map[string]string // chat templates beside the default one, by their names
	VocabSize int               // ARCH.vocab_size, 0 where it is missing
	Warnings  []string          // llama.cpp's, of the load
}

// NoToken is a special token's number that no token has.
type NoToken = gguf.NoToken

// about reads what is checked of a file. The caller holds the OS thread of the load.
func (m *Model) about(path string, head *gguf.File) About {
	a := About{
		Names:     []string{filepath.Base(path)},
		Tags:      head.Texts("general.tags"),
		Tokenizer: head.Text("tokenizer.ggml.model"),
		Pre:       head.Text("tokenizer.ggml.pre"),
		AddBOS:    bool(C.llama_vocab_get_add_bos(m.vocab)),
		AddEOS:    bool(C.llama_vocab_get_add_eos(m.vocab)) || bool(C.llama_vocab_get_add_sep(m.vocab)),
		NoTokens:  head.NoTokens(),
		Templates: head.Templates(),
		VocabSize: head.Count(head.Text("general.architecture") + ".vocab_size"),
		Warnings:  warned(),
	}
	for _, key := range []string{"general.name", "general.basename", "general.finetune"} {
		if name := head.Text(key); name != "" {
			a.Names = append(a.Names, name)
		}
	}
	_, a.NamesEOS = head.Special("eos")
	for _, id := range head.Numbers("tokenizer.ggml.eos_token_ids") {
		if id >= 0 && id < int64(C.llama_vocab_n_tokens(m.vocab)) {
			a.Ends = append(a.Ends, Token(id))
		}
	}
	return a
}
