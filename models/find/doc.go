// Package find looks for models on this machine: GGUF files in this program's cache and in
// the stores of Ollama, LM Studio, Hugging Face and llama.cpp. It is plain Go and loads
// nothing.
//
//	found := find.Models(find.Places())
//	path, err := find.Resolve("smollm2-135m-instruct", found)
//
// A file is named by itself or with the folders that it lies in, a model of Ollama as
// `ollama list` prints it. The beginning of a name is enough where only one begins so. Two
// different models of one name are an error that names both; the same file under links, or
// as a copy, is one model.
package find
