package models

import "intentprobe/models/gguf"

// ReadChat reads from the head of a GGUF file what its chats are rendered with: of the
// facts only templates and special tokens are filled in. The error is a *LoadError.
func ReadChat(path string) (Facts, error) {
	head, err := gguf.ReadFile(path)
	if err != nil {
		return Facts{}, fileError(path, err)
	}
	f := Facts{Path: path, ChatTemplate: head.Text("tokenizer.chat_template"), SpecialTokens: specialTokens(head)}
	f.About.Templates = head.Templates()
	return f, nil
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
