package hooks

import (
	"fmt"
	"sort"
)

// Arch says which tensors of llama.cpp's compute graph hold the residual stream
// of an architecture. Names are those that the graph builders in llama.cpp's
// src/models give by their callback; "%d" stands for the layer.
type Arch struct {
	Embed  string // what hook_embed reads
	Stream string // what block 0 reads
	Post   string // what a block leaves
	Norm   string // the output of the final norm
}

// Most architectures feed the embedding to block 0 as it is.
var plain = Arch{Embed: "embd", Stream: "embd", Post: "l_out-%d", Norm: "result_norm"}

// Gemma multiplies the embedding by sqrt(d_model). TransformerLens folds the
// factor into its W_E, so its hook_embed has it as well.
var scaled = Arch{Embed: "inp_scaled", Stream: "inp_scaled", Post: "l_out-%d", Norm: "result_norm"}

// GPT-2 and its like add learned positions to the embedding.
var positions = Arch{Embed: "embd", Stream: "inpL", Post: "l_out-%d", Norm: "result_norm"}

// archs is keyed by general.architecture of the GGUF. An architecture stands
// here only if its graph builder names the output of every block l_out, hands
// exactly that tensor to the next block, and norms the last into result_norm.
var archs = map[string]Arch{
	"apertus": plain, "arcee": plain, "baichuan": plain, "chatglm": plain,
	"codeshell": plain, "cohere2": plain, "command-r": plain, "deci": plain,
	"deepseek": plain, "deepseek2": plain, "ernie4_5": plain, "exaone": plain,
	"exaone4": plain, "falcon": plain, "glm4": plain, "gpt-oss": plain,
	"gptneox": plain, "granite": plain, "granitemoe": plain, "internlm2": plain,
	"jais": plain, "llama": plain, "llama4": plain, "minicpm": plain,
	"mistral3": plain, "nemotron": plain, "olmo": plain, "olmo2": plain,
	"olmoe": plain, "orion": plain, "phi2": plain, "phi3": plain,
	"phimoe": plain, "qwen": plain, "qwen2": plain, "qwen2moe": plain,
	"qwen3": plain, "qwen3moe": plain, "refact": plain, "seed_oss": plain,
	"smollm3": plain, "stablelm": plain, "starcoder2": plain, "xverse": plain,

	"gemma": scaled, "gemma2": scaled, "gemma3": scaled,

	"gpt2": positions, "starcoder": positions,
}

// UnknownArchError says that no table exists for an architecture: capture
// refuses it rather than guess which tensor is the residual stream.
type UnknownArchError struct{ Arch string }

func (e *UnknownArchError) Error() string {
	return fmt.Sprintf("architecture %q has no table of hook points", e.Arch)
}

// Hint lists the architectures that have one.
func (e *UnknownArchError) Hint() string {
	return fmt.Sprintf("the tables are in hooks/arch.go; known: %v", Architectures())
}

// ForArch gives the table of an architecture, or *UnknownArchError.
func ForArch(name string) (Arch, error) {
	a, ok := archs[name]
	if !ok {
		return Arch{}, &UnknownArchError{name}
	}
	return a, nil
}

// Architectures lists those that have a table, sorted.
func Architectures() []string {
	names := make([]string, 0, len(archs))
	for n := range archs {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Tensor names the graph tensor that holds a point. The input of block N is the
// output of block N-1: the residual stream is one.
func (a Arch) Tensor(p Point) string {
	switch {
	case p.Site == Embed:
		return a.Embed
	case p.Site == FinalNorm:
		return a.Norm
	case p.Site == ResidPre && p.Layer == 0:
		return a.Stream
	case p.Site == ResidPre:
		return fmt.Sprintf(a.Post, p.Layer-1)
	default:
		return fmt.Sprintf(a.Post, p.Layer)
	}
}
