package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"path/filepath"
	"strings"
	"unsafe"

	"intentprobe/models/gguf"
)

// Facts are what a GGUF says of its model.
type Facts struct {
	Path         string `json:"-"`
	Name         string `json:"name"` // general.name, may be empty
	Architecture string `json:"architecture"`
	FileType     string `json:"file_type"` // quantisation, as llama.cpp names it
	Description  string `json:"description"`
	FileBytes    int64  `json:"file_bytes"`
	Parameters   uint64 `json:"parameters"`
	Layers       int    `json:"layers"`
	Width        int    `json:"d_model"`
	Heads        int    `json:"heads"`
	KVHeads      int    `json:"kv_heads"`
	Vocabulary   int    `json:"vocabulary"`
	TrainContext int    `json:"context"`
	Window       int    `json:"-"` // tokens that blocks with a sliding window or chunks attend to, 0 where no block has one
	Recurrent    bool   `json:"-"` // some block carries a state from token to token, which cannot be taken back
	ChatTemplate string `json:"-"` // Jinja text, empty for a base model

	SpecialTokens map[string]string `json:"-"` // by their names in Hugging Face: bos_token, eos_token
	About         About             `json:"-"`
	Adapters      []Adapter         `json:"-"` // that the model was loaded with
}

// HasTemplate says whether there is a default chat template.
func (f *Facts) HasTemplate() bool { return strings.TrimSpace(f.ChatTemplate) != "" }

// About is what a GGUF says of its tokenizer, of its chat templates and of what it was
// trained for, and what llama.cpp had to say of it.
type About struct {
	Names      []string          // the file's, and what it calls the model
	Tags       []string          // general.tags
	Tokenizer  string            // kind: "gpt2" is byte-level BPE, "llama" SentencePiece
	Pre        string            // pre-tokenizer of byte-level BPE, empty where none is named
	AddBOS     bool              // wanted in front of a text
	AddEOS     bool              // or SEP, wanted after a text; never added here
	NamesEOS   bool              // some token is named as the end of a text
	NoTokens   []NoToken         // special tokens whose numbers no token has
	NullTokens []string          // keys of special tokens that are 2^32-1, which names none
	Ends       []Token           // of tokenizer.ggml.eos_token_ids, which llama.cpp does not read
	Templates  map[string]string // chat templates beside the default one, by their names
	VocabSize  int               // ARCH.vocab_size, 0 where it is missing
	Warnings   []string          // llama.cpp's, of the load
}

// NoToken is a special token's number that no token has.
type NoToken = gguf.NoToken

// readFacts reads what a loaded file says of its model. The caller holds the OS thread of
// the load.
func readFacts(c *C.struct_llama_model, path string, head *gguf.File) Facts {
	vocab := C.llama_model_get_vocab(c)
	f := Facts{
		Path:         path,
		Name:         metaText(c, "general.name"),
		Architecture: metaText(c, "general.architecture"),
		FileType:     C.GoString(C.llama_ftype_name(C.llama_model_ftype(c))),
		FileBytes:    head.AllBytes,
		Parameters:   uint64(C.llama_model_n_params(c)),
		Layers:       int(C.llama_model_n_layer(c)),
		Width:        int(C.llama_model_n_embd(c)),
		Heads:        int(C.llama_model_n_head(c)),
		KVHeads:      int(C.llama_model_n_head_kv(c)),
		Vocabulary:   int(C.llama_vocab_n_tokens(vocab)),
		TrainContext: int(C.llama_model_n_ctx_train(c)),
		Window:       int(C.llama_model_n_swa(c)),
		Recurrent:    bool(C.llama_model_is_recurrent(c)) || bool(C.llama_model_is_hybrid(c)),

		SpecialTokens: specialTokens(head),
	}
	var buf [256]C.char
	C.llama_model_desc(c, &buf[0], C.size_t(len(buf)))
	f.Description = C.GoString(&buf[0])
	f.ChatTemplate = head.Text("tokenizer.chat_template") // llama.cpp may name one of its own instead
	f.About = readAbout(vocab, path, head)
	return f
}

// metaText reads one metadata value as text; empty where the file has none.
func metaText(c *C.struct_llama_model, key string) string {
	ckey := C.CString(key)
	defer C.free(unsafe.Pointer(ckey))
	var buf [512]C.char
	if C.llama_model_meta_val_str(c, ckey, &buf[0], C.size_t(len(buf))) < 0 {
		return ""
	}
	return C.GoString(&buf[0])
}

// readAbout reads what is checked of a file. The caller holds the OS thread of the load.
func readAbout(vocab *C.struct_llama_vocab, path string, head *gguf.File) About {
	a := About{
		Names:      []string{filepath.Base(path)},
		Tags:       head.Texts("general.tags"),
		Tokenizer:  head.Text("tokenizer.ggml.model"),
		Pre:        head.Text("tokenizer.ggml.pre"),
		AddBOS:     bool(C.llama_vocab_get_add_bos(vocab)),
		AddEOS:     bool(C.llama_vocab_get_add_eos(vocab)) || bool(C.llama_vocab_get_add_sep(vocab)),
		NoTokens:   head.NoTokens(),
		NullTokens: head.NullTokens(),
		Templates:  head.Templates(),
		VocabSize:  head.Count(head.Text("general.architecture") + ".vocab_size"),
		Warnings:   warned(),
	}
	for _, key := range []string{"general.name", "general.basename", "general.finetune"} {
		if name := head.Text(key); name != "" {
			a.Names = append(a.Names, name)
		}
	}
	_, a.NamesEOS = head.Special("eos")
	for _, id := range head.Numbers("tokenizer.ggml.eos_token_ids") {
		if id >= 0 && id < int64(C.llama_vocab_n_tokens(vocab)) {
			a.Ends = append(a.Ends, Token(id))
		}
	}
	return a
}

// specialTokens names a vocabulary's special tokens as Hugging Face does.
func specialTokens(head *gguf.File) map[string]string {
	out := map[string]string{}
	for theirs, name := range map[string]string{
		"bos": "bos_token", "eos": "eos_token", "unknown": "unk_token", "seperator": "sep_token",
		"padding": "pad_token", "cls": "cls_token", "mask": "mask_token",
	} {
		if token, ok := head.Special(theirs); ok {
			out[name] = token
		}
	}
	return out
}
