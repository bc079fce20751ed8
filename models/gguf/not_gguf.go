package gguf

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// foreign is an error of a file that is something else than a model.
func foreign(what, reason, hint string) *Error {
	return &Error{Reason: reason, Advice: hint, What: what}
}

const convertHint = "convert the model with llama.cpp's convert_hf_to_gguf.py, or name another file"

// beginnings are how files begin that people have in the place of a GGUF.
var beginnings = []struct{ bytes, what, hint string }{
	{"version https://git-lfs.github.com/spec/", "Git LFS pointer", "fetch the file that it stands for: `git lfs pull` in its folder"},
	{"<!doctype", "web page", webHint}, {"<html", "web page", webHint}, {"<?xml", "web page", webHint},
	{"{\"error", "error message", webHint}, {"entry not found", "error message", webHint}, {"invalid username or password", "error message", webHint},
	{"access to model", "error message", webHint}, {"repository not found", "error message", webHint},
	{"lmgg", "model in a format before GGUF", oldHint}, {"fmgg", "model in a format before GGUF", oldHint}, {"tjgg", "model in a format before GGUF", oldHint},
	{"algg", "LoRA adapter in a format before GGUF", "convert the adapter again with llama.cpp's convert_lora_to_gguf.py"},
	{"PK\x03\x04", "PyTorch file or zip archive", convertHint}, {"\x80\x02", "PyTorch file", convertHint}, {"\x89HDF\r\n", "HDF5 file", convertHint},
	{"\x1f\x8b", "compressed file", unpackHint}, {"\x28\xb5\x2f\xfd", "compressed file", unpackHint}, {"\xfd7zXZ", "compressed file", unpackHint}, {"7z\xbc\xaf", "compressed file", unpackHint}, {"BZh", "compressed file", unpackHint},
	{"\x00\x00\x00\x00\x00\x00\x00\x00", "file of zeros, whose download has hardly begun", "finish the download, or fetch the file again"},
}

const (
	webHint     = "the download failed: fetch the file again; at Hugging Face its address has /resolve/ and not /blob/ in it, and some models want a token"
	oldHint     = "fetch a newer conversion of the model, or convert it again with llama.cpp's convert_hf_to_gguf.py"
	unpackHint  = "unpack it first"
	adapterHint = "name the model that it was trained on, and the adapter as engine.adapters"
)

// notGGUF says what a file is that begins otherwise than a GGUF.
func notGGUF(head []byte) *Error {
	text := fmt.Sprintf("it is not a GGUF file (it begins with %q)", head[:min(4, len(head))])
	if len(head) == 0 {
		return foreign("empty file", text+": it is empty", "fetch the file again")
	}
	begin := strings.ToLower(strings.TrimLeft(string(head), " \t\r\n\ufeff"))
	for _, b := range beginnings {
		if strings.HasPrefix(begin, strings.ToLower(b.bytes)) || strings.HasPrefix(string(head), b.bytes) {
			return foreign(b.what, fmt.Sprintf("%s: it is %s %s", text, article(b.what), b.what), b.hint)
		}
	}
	if len(head) > 9 && head[8] == '{' && head[9] == '"' { // after the length of its header
		return foreign("safetensors file", text+": it is a safetensors file", "convert the model's folder with llama.cpp's convert_hf_to_gguf.py")
	}
	if isText(head) {
		line, _, _ := strings.Cut(strings.TrimSpace(string(head)), "\n")
		text = fmt.Sprintf("%s: it is text, %q", text, strings.TrimSpace(line))
	}
	return &Error{Reason: text, Advice: convertHint}
}

func article(what string) string {
	if strings.Contains("aeiou", what[:1]) {
		return "an"
	}
	return "a"
}

// isText says whether the beginning of a file is that of a text, in UTF-8.
func isText(head []byte) bool {
	for i := 0; i < utf8.UTFMax-1 && len(head) > 0 && !utf8.Valid(head); i++ {
		head = head[:len(head)-1] // a letter may be cut
	}
	control := func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n", r) || r == 0x7f }
	return len(head) > 0 && utf8.Valid(head) && !bytes.ContainsFunc(head, control)
}

// headBytes is how much of a file is looked at that does not begin as a GGUF.
const headBytes = 256
