// Package chat holds conversations and renders them as text with chat templates, as
// Hugging Face's apply_chat_template does. It is plain Go: nothing in it needs
// llama.cpp or cgo.
//
// A chat template is a program in the language Jinja. A model's file carries one: it
// says where the special tokens go that separate the turns of a conversation.
//
//	template, err := chat.NewTemplate(source)
//	if err != nil {
//		return err
//	}
//	out, err := template.Render(chat.Input{
//		Messages:   []chat.Message{{Role: "user", Content: "Is Paris in France?"}},
//		Generation: true,
//	})
//
// The result holds the text, and says which of its bytes were taken from which message
// (Part): what no part covers was written by the template.
//
// A message may be more than a role and a text: a template may know further keys, such
// as tool_calls or reasoning_content. ReadMessage reads a message from JSON and keeps
// all of it in the order in which it was written, since templates print it again. Object
// is the JSON object that keeps its keys in order.
//
// Templates come with models, which may come from strangers. A template cannot read
// files, run without end, recurse without end or fill the memory; package jinja holds
// the interpreter and its limits.
package chat
