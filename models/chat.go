package models

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"unsafe"
)

// Message is one turn of a conversation.
type Message struct {
	Role    string `json:"role" yaml:"role"`
	Content string `json:"content" yaml:"content"`
}

// ErrTemplate says that llama.cpp's built-in renderer does not know a chat
// template: it recognises families by what stands in them and runs no Jinja.
var ErrTemplate = errors.New("models: llama.cpp's renderer does not know this chat template")

// RenderChat renders messages as a chat template of a family that llama.cpp
// knows (template is the Jinja text or a family's name such as "chatml").
// generation adds what opens the assistant's answer. The text begins without
// the BOS token, which Tokenize adds.
func RenderChat(template string, messages []Message, generation bool) (string, error) {
	start()
	ctemplate := C.CString(template)
	defer C.free(unsafe.Pointer(ctemplate))
	// Zeroed: Go's collector looks at what a pointer overwrites.
	chat := (*C.struct_llama_chat_message)(C.calloc(C.size_t(max(1, len(messages))), C.size_t(unsafe.Sizeof(C.struct_llama_chat_message{}))))
	defer C.free(unsafe.Pointer(chat))
	total := 1024
	for i, msg := range messages {
		role, content := C.CString(msg.Role), C.CString(msg.Content)
		defer C.free(unsafe.Pointer(role))
		defer C.free(unsafe.Pointer(content))
		unsafe.Slice(chat, len(messages))[i] = C.struct_llama_chat_message{role: role, content: content}
		total += len(msg.Role) + 2*len(msg.Content)
	}
	for {
		buf := make([]byte, total)
		n := int(C.llama_chat_apply_template(ctemplate, chat, C.size_t(len(messages)), C.bool(generation), (*C.char)(unsafe.Pointer(&buf[0])), C.int32_t(len(buf))))
		if n < 0 {
			return "", ErrTemplate
		}
		if n <= len(buf) {
			return string(buf[:n]), nil
		}
		total = n
	}
}
