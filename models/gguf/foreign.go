package gguf

import (
	"fmt"
	"strings"
)

// Foreign says what a well-formed file is that llama.cpp runs no model from: nil
// where it is a model.
func (f *File) Foreign() *Error {
	kind, arch := f.Text("general.type"), f.Text("general.architecture")
	tensor := func(has func(name string) bool) bool {
		for i := range f.Tensors {
			if has(f.Tensors[i].Name) {
				return true
			}
		}
		return false
	}
	begins := func(prefixes ...string) func(string) bool {
		return func(name string) bool {
			for _, p := range prefixes {
				if strings.HasPrefix(name, p) {
					return true
				}
			}
			return false
		}
	}
	switch {
	case kind == "adapter" || tensor(func(name string) bool { return strings.HasSuffix(name, ".lora_a") }):
		return foreign(loraAdapter, "it is a LoRA adapter for a model, and no model", adapterHint)
	case arch == "controlvector":
		return foreign("control vector", "it is a control vector for a model, and no model", "name the model that it was made for")
	case kind == "mmproj" || arch == "clip":
		return foreign("multimodal projector", "it is the multimodal projector (mmproj) of a model: what turns images or sound into its tokens", "name the file of the model itself: capture reads text")
	case kind == "imatrix" || f.Has("imatrix.chunk_count"):
		return foreign("importance matrix", "it is an importance matrix, by which a model is quantised, and no model", "name the model's file")
	case kind != "" && kind != "model":
		return foreign(kind, fmt.Sprintf("it is no model: its key \"general.type\" is %q", kind), "name a model's file")
	case tensor(begins("v.", "mm.", "a.")):
		return foreign("model with its vision tower in one file", "holds a model together with its vision or sound tower (tensors v., a., mm.), as Ollama packs them: llama.cpp takes these as two files",
			"fetch the model's own GGUF, for example from Hugging Face (`ollama pull hf.co/ORG/REPO:Q4_K_M` keeps the two apart)")
	case len(f.Tensors) == 0 && f.Count("split.count") <= 1 && f.Has(tokensKey):
		return foreign("vocabulary without weights", "holds a vocabulary and no weights", "name the model's file")
	case len(f.Tensors) == 0 && f.Count("split.count") <= 1:
		return foreign("no weights", "holds no weights", "name the model's file")
	}
	return nil
}
