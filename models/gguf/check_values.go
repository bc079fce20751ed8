package gguf

import (
	"slices"
	"strings"
)

// counts are the keys, after the architecture's name, that must be whole numbers
// in a range if they are there. The ceilings are far above every model's; where a
// layer may have its own, an array with one number for each may stand instead.
var counts = []struct {
	key      string
	min, max int64
	layers   bool
}{
	{"block_count", 1, mostLayers, false},
	{"context_length", 1, 1 << 30, false},
	{"embedding_length", 1, 1 << 20, false},
	{"vocab_size", 1, mostStrings, false},
	{"feed_forward_length", 0, 1 << 24, true},
	{"attention.head_count", 0, 1 << 14, true},
	{"attention.head_count_kv", 0, 1 << 14, true},
	{"attention.key_length", 1, 1 << 16, false},
	{"attention.value_length", 1, 1 << 16, false},
	{"rope.dimension_count", 0, 1 << 16, false},
	{"expert_count", 0, mostExperts, false},
	{"expert_used_count", 0, mostExperts, true},
	{"expert_feed_forward_length", 0, 1 << 24, true},
}

// check refuses what is well-formed and makes no sense. What is absent is left to
// llama.cpp, which knows what each architecture needs.
func (f *File) check() error {
	arch := f.Text("general.architecture")
	for _, rule := range counts {
		if err := f.checkCount(arch+"."+rule.key, rule.min, rule.max, rule.layers, arch); err != nil {
			return err
		}
	}
	for _, step := range []func(string) error{f.checkHeads, f.checkExperts, f.checkRope, f.checkVocabulary, f.checkEmbedding, f.checkSplit} {
		if err := step(arch); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) checkCount(key string, low, high int64, layers bool, arch string) error {
	v, ok := f.Values[key]
	if !ok {
		return nil
	}
	numbers := v.numbers
	switch {
	case v.Kind == Uint32:
		numbers = []int64{int64(v.bits)}
	case v.Kind != Array || !layers:
		return absurd("key %q is %s, not a whole number as u32", key, v.describe())
	case v.Of == Bool: // of layers that have or have not
		return nil
	case len(numbers) != f.Count(arch+".block_count"):
		return absurd("key %q is %s, not one u32 or i32 for each of %d layers", key, v.describe(), f.Count(arch+".block_count"))
	}
	for _, n := range numbers {
		if n < low || n > high {
			return absurd("key %q is %d; %d to %d make sense", key, n, low, high)
		}
	}
	return nil
}

// checkHeads compares heads, their width and their rotation where every layer has
// the same.
func (f *File) checkHeads(arch string) error {
	of := func(name string) int { return f.Count(arch + "." + name) }
	width, heads, groups := of("embedding_length"), of("attention.head_count"), of("attention.head_count_kv")
	if heads == 0 {
		return nil
	}
	if heads > width && width > 0 {
		return absurd("key %q is %d, more than the %d of %q", arch+".attention.head_count", heads, width, arch+".embedding_length")
	}
	if groups > 0 && heads%groups != 0 {
		return absurd("key %q is %d, which does not divide the %d of %q", arch+".attention.head_count_kv", groups, heads, arch+".attention.head_count")
	}
	head := of("attention.key_length")
	if head == 0 {
		head = width / heads
	}
	if turned := of("rope.dimension_count"); head > 0 && (turned > head || turned%2 != 0) {
		return absurd("key %q is %d; a head has %d dimensions, of which an even number can be turned", arch+".rope.dimension_count", turned, head)
	}
	return nil
}

// checkExperts holds what llama.cpp asserts.
func (f *File) checkExperts(arch string) error {
	experts := f.Count(arch + ".expert_count")
	if experts <= 1 && (arch == "hunyuan-dense" || arch == "hunyuan_vl") { // llama.cpp takes one expert for none
		return nil
	}
	for _, used := range append(f.Values[arch+".expert_used_count"].numbers, int64(f.Count(arch+".expert_used_count"))) {
		if used > int64(experts) {
			return absurd("key %q is %d; there are %d experts", arch+".expert_used_count", used, experts)
		}
	}
	if experts > 0 && f.Values[arch+".expert_used_count"].Kind != Array && f.Count(arch+".expert_used_count") == 0 {
		return absurd("key %q is 0 or missing; there are %d experts", arch+".expert_used_count", experts)
	}
	groups, used := f.Count(arch+".expert_group_count"), f.Count(arch+".expert_group_used_count")
	if groups > 0 && (groups >= experts || groups > 1 && (experts%groups != 0 || used == 0 || used >= groups)) {
		return absurd("key %q is %d, of which %d are used: that does not go with %d experts", arch+".expert_group_count", groups, used, experts)
	}
	return nil
}

func (f *File) checkRope(arch string) error {
	key, known := arch+".rope.scaling.type", []string{"none", "linear", "yarn", "longrope"}
	if v, ok := f.Values[key]; ok && !slices.Contains(known, v.text) {
		return absurd("key %q is %q (%s); %s are known", key, v.text, v.describe(), strings.Join(known, ", "))
	}
	return nil
}

// checkEmbedding compares the first matrix with what the keys say of it.
func (f *File) checkEmbedding(arch string) error {
	t, ok := f.Tensor("token_embd.weight")
	if !ok || f.Has(arch+".features_length") { // audio: the embedding has that width
		return nil
	}
	if width := f.Count(arch + ".embedding_length"); width > 0 && t.Shape[0] != int64(width) {
		return absurd("tensor %q has rows of %d; key %q is %d", t.Name, t.Shape[0], arch+".embedding_length", width)
	}
	if n := f.Values[tokensKey].Len; n > 0 && t.Shape[1] != int64(n) {
		return absurd("tensor %q has %d rows; key %q lists %d tokens", t.Name, t.Shape[1], tokensKey, n)
	}
	return nil
}
