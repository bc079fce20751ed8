package gguf

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Adapter is what the head of a LoRA adapter's file says. Of a weight W it makes
// W + scale·alpha/rank·B·A (Hu et al. 2021, section 4.1).
type Adapter struct {
	Architecture string
	Name         string   // general.name, may be empty
	Base         string   // sha256 of the model that it was made for, empty where it names none
	Alpha        float32  // 0: B·A is multiplied by the scale alone
	Pairs        []Pair   // in the order of the file
	Norms        []string // tensors that llama.cpp passes over: norms, which an adapter would replace
	Bytes        int64    // of the file
}

// Pair are the two tensors by which an adapter changes one weight.
type Pair struct {
	Weight string // its name in the model
	A, B   Tensor // [in, rank] and [rank, out] in ggml's order; of token_embd.weight [rank, vocabulary] and [rank, d_model]
}

// Rank is how many dimensions B·A has at most.
func (p *Pair) Rank() int { return int(p.B.Shape[0]) }

// Embedding is the weight of which llama.cpp takes A and B the other way around.
const Embedding = "token_embd.weight"

const (
	endA, endB, endNorm = ".lora_a", ".lora_b", "_norm.weight"

	alphaKey      = "adapter.lora.alpha"
	invocationKey = "adapter.alora.invocation_tokens"
	baseKey       = "general.base_model.0.sha256"

	loraHint  = "name a LoRA adapter as GGUF: llama.cpp's convert_lora_to_gguf.py writes it from a folder of PEFT"
	otherBase = "name the model that the adapter was trained on, or an adapter that was trained on this one"
)

// ReadAdapter reads and checks a file that must be a LoRA adapter's. Errors about its
// content are an *Error.
func ReadAdapter(path string) (*Adapter, error) {
	f, err := ReadFile(path)
	var content *Error
	if errors.As(err, &content) && (content.What != "" || content.Advice == convertHint) {
		return nil, foreign(content.What, content.Reason, loraHint)
	}
	if err != nil {
		return nil, err
	}
	return f.adapter()
}

// adapter takes a file for an adapter, or says why it is none that can be run.
func (f *File) adapter() (*Adapter, error) {
	switch other := f.Foreign(); {
	case other == nil:
		return nil, foreign("model", "it is a model, and no adapter", loraHint+"; a model itself is named as `model`")
	case other.What != loraAdapter:
		return nil, foreign(other.What, strings.ReplaceAll(other.Reason, "and no model", "and no adapter"), loraHint)
	}
	for key, want := range map[string]string{"general.type": "adapter", "adapter.type": "lora"} {
		if text := f.Text(key); text != want {
			return nil, absurd("key %q is %q; llama.cpp wants %q", key, text, want)
		}
	}
	if f.Has(invocationKey) {
		return nil, &Error{Reason: fmt.Sprintf("it is an activated LoRA (aLoRA; key %q): it works from its invocation tokens on, and a run has its adapters at every token", invocationKey),
			Advice: "use a plain LoRA adapter", What: "activated LoRA adapter"}
	}
	a := &Adapter{Architecture: f.Text("general.architecture"), Name: f.Text("general.name"), Base: f.Text(baseKey), Bytes: f.Size}
	if v, ok := f.Values[alphaKey]; ok {
		a.Alpha = math.Float32frombits(uint32(v.bits))
		if x := float64(a.Alpha); v.Kind != Float32 || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, absurd("key %q is %s, %v; want a finite number as f32", alphaKey, v.describe(), a.Alpha)
		}
	}
	return a, a.pairs(f)
}

// pairs sorts the tensors of a file.
func (a *Adapter) pairs(f *File) error {
	at := map[string]int{}
	for _, t := range f.Tensors {
		weight, isA := strings.CutSuffix(t.Name, endA)
		weight, isB := strings.CutSuffix(weight, endB)
		switch {
		case !isA && !isB && strings.HasSuffix(t.Name, endNorm):
			a.Norms = append(a.Norms, t.Name)
			continue
		case isA == isB:
			return absurd("tensor %q is none of a LoRA adapter: their names end in %s, %s", t.Name, endA, endB)
		case slices.Contains([]string{"i8", "i16", "i32", "i64", "f64", "q8_1", "q8_K"}, types[t.Type].name):
			return absurd("tensor %q is of type %s, by which ggml does not multiply", t.Name, types[t.Type].name)
		}
		i, there := at[weight]
		if !there {
			i, at[weight] = len(a.Pairs), len(a.Pairs)
			a.Pairs = append(a.Pairs, Pair{Weight: weight})
		}
		if isA {
			a.Pairs[i].A = t
		} else {
			a.Pairs[i].B = t
		}
	}
	for _, p := range a.Pairs {
		if p.A.Name == "" || p.B.Name == "" {
			return absurd("of the pair for %q one half is missing: a weight has %s and %s", p.Weight, endA, endB)
		}
	}
	if len(a.Pairs) == 0 {
		return absurd("it holds no tensors %s and %s", endA, endB)
	}
	return nil
}

// loraAdapter is what Foreign calls a LoRA adapter.
const loraAdapter = "LoRA adapter"
