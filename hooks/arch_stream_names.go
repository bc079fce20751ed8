package hooks

import (
	"fmt"
	"sort"

	"intentprobe/capture/hint"
)

// Arch says which nodes of llama.cpp's compute graph hold the residual stream of
// an architecture. Names are those that the graph builders in llama.cpp's
// src/models give; "%d" stands for the layer. All else is found from there and
// from the names of the weights, which the GGUF gives (see Locate).
type Arch struct {
	Embed  string // what hook_embed reads
	Stream string // what block 0 reads; empty if it has no name: what its first norm reads
	Mid    string // the stream between attention and MLP; empty if it has no name, or is not there
	Post   string // what a block leaves
	Pre    string // what a block reads, if that is another name of what the one before leaves; Post is then of the last
	Norm   string // the output of the final norm; empty if it has no name: what the last product multiplies
	MLP    string // in blocks that add attention and MLP at once: what the MLP gives; else empty
}

// Most architectures feed the embedding to block 0 as it is.
var plain = Arch{Embed: "embd", Stream: "embd", Mid: "ffn_inp-%d", Post: "l_out-%d", Norm: "result_norm"}

// with gives a table that differs in some fields.
func (a Arch) with(change func(*Arch)) Arch {
	change(&a)
	return a
}

// Gemma multiplies the embedding by sqrt(d_model). TransformerLens folds the
// factor into its W_E, so its hook_embed has it as well.
var gemma = plain.with(func(a *Arch) { a.Embed, a.Stream, a.Mid = "inp_scaled", "inp_scaled", "sa_out-%d" })

// GPT-2 and its like add learned positions to the embedding.
var positions = plain.with(func(a *Arch) { a.Stream = "inpL" })

// Phi 3 gives the middle of its stream no name.
var unnamed = plain.with(func(a *Arch) { a.Mid = "" })

// Command R, Falcon and Phi 2 add attention and MLP to the stream at once.
var parallel = plain.with(func(a *Arch) { a.Mid, a.MLP = "", "ffn_out-%d" })

// Blocks of Qwen 3.5 and its like name the middle for what it was added to.
var residual = plain.with(func(a *Arch) { a.Mid = "attn_residual-%d" })

// embedded gives a table in which the embedding has another name.
func embedded(name string, a Arch) Arch {
	a.Embed, a.Stream = name, name
	return a
}

// Each block of Nemotron H adds one thing to the stream.
var oneSublayer = plain.with(func(a *Arch) { a.Mid, a.Post = "", "nemotron_h_block_out-%d" })

// archs is keyed by general.architecture of the GGUF. An architecture stands
// here only if its graph builder names the output of every block, hands exactly
// that tensor to the next block, and norms the last into result_norm.
var archs = map[string]Arch{
	"apertus": plain, "arcee": plain, "baichuan": plain, "chatglm": plain,
	"codeshell": plain, "cohere2": parallel, "cohere2moe": parallel, "command-r": parallel,
	"deci": plain, "deepseek": plain, "deepseek2": plain, "deepseek32": plain,
	"dots1": plain, "ernie4_5": plain, "ernie4_5-moe": plain, "exaone": plain,
	"exaone-moe": plain, "exaone4": plain, "falcon": parallel, "glm4": plain,
	"glm-dsa": plain, "glm4moe": plain, "gpt-oss": plain, "granite_swa": plain, "grovemoe": plain,
	"hunyuan-dense": plain, "hunyuan-moe": plain, "mimo2": plain, "minimax-m2": plain,
	"smallthinker": plain,
	"gptneox":      parallel.with(func(a *Arch) { a.Mid = "ffn_inp-%d" }), // either, by a parameter of the model
	"granite":      plain, "granitemoe": plain, "internlm2": plain,
	"jais": plain, "llama": plain, "llama4": plain, "minicpm": plain,
	"mistral3": plain, "nemotron": plain, "olmo": plain, "olmo2": plain,
	"olmoe": plain, "orion": plain, "phi2": parallel, "phi3": unnamed,
	"phimoe": unnamed, "qwen": plain, "qwen2": plain, "qwen2moe": plain,
	"qwen3": plain, "qwen3moe": plain, "refact": plain, "seed_oss": plain,
	"smollm3": plain, "stablelm": plain, "starcoder2": plain, "xverse": plain,

	"afmoe":       plain.with(func(a *Arch) { a.Embed, a.Stream = "inp_embd_scaled", "inp_embd_scaled" }),
	"bailingmoe2": plain.with(func(a *Arch) { a.Mid = "sa_out-%d" }),

	"gemma": gemma, "gemma2": gemma, "gemma3": gemma,
	"gemma4": gemma.with(func(a *Arch) { a.Mid = "attn_out-%d" }),

	"step35": embedded("attn_norm_in-0", plain).with(func(a *Arch) { a.Pre, a.Post = "attn_norm_in-%d", "h_nextn" }),

	// Blocks that mix tokens otherwise than by attention.
	"falcon-h1": plain, "granitehybrid": plain, "kimi-linear": embedded("model.embed_tokens", plain),
	"jamba": unnamed, "mamba": unnamed, "mamba2": unnamed,
	"lfm2": embedded("model.embed_tokens", unnamed), "lfm2moe": embedded("model.embed_tokens", unnamed),
	"nemotron_h": oneSublayer, "nemotron_h_moe": oneSublayer,
	"qwen35": embedded("model.input_embed", residual), "qwen35moe": embedded("model.input_embed", residual),
	"qwen3next": embedded("model.embed_tokens", residual),
	"plamo3":    residual.with(func(a *Arch) { a.Norm = "" }),
	"plamo2":    embedded("embedding_output", residual).with(func(a *Arch) { a.Post = "ffn_residual-%d" }),
	"rwkv7":     plain.with(func(a *Arch) { a.Stream = "" }),

	"gpt2": positions, "starcoder": positions,
}

// UnknownArchError says that no table exists for an architecture: capture
// refuses it rather than guess which tensor is the residual stream.
type UnknownArchError struct{ Arch string }

func (e *UnknownArchError) Error() string {
	if why, ok := refused[e.Arch]; ok {
		return fmt.Sprintf("architecture %q has no hook points: %s", e.Arch, why)
	}
	return fmt.Sprintf("architecture %q has no table of hook points", e.Arch)
}

func (e *UnknownArchError) advice() *hint.Error {
	if _, ok := refused[e.Arch]; ok {
		return hint.With(e, "use a model of another architecture; known: ", Architectures()).(*hint.Error)
	}
	return hint.With(e, hint.Command{"hooks", "MODEL"}, " with ", hint.Option("graph"), " lists the tensors of its graph, hooks/arch_stream_names.go holds the tables; known: ", Architectures()).(*hint.Error)
}

// Phrase lists the architectures that have one, as hint.Error's Phrase does.
func (e *UnknownArchError) Phrase(say func(reference any) string) string {
	return e.advice().Phrase(say)
}

// Hint lists the architectures that have one.
func (e *UnknownArchError) Hint() string { return e.advice().Hint() }

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
