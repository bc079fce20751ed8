package capture

import (
	"context"
	"fmt"
	"math"

	"intentprobe/hooks"
	"intentprobe/models"
)

// node adds a node with rows of so many floats.
func (f *fakeSurveyor) node(name, op string, shape [3]int, inputs ...any) {
	n := hooks.Node{Name: name, Op: op, Shape: [4]int{shape[0], shape[1], shape[2], 1}}
	if op == "RMS_NORM" {
		n.Params[0] = int32(math.Float32bits(fakeEps))
	}
	for _, in := range inputs {
		at := -1
		for i, m := range f.graph.Nodes {
			if m.Name == in {
				at = i
			}
		}
		if at < 0 {
			if _, seen := f.leaves[in.(string)]; !seen {
				f.graph.Leaves = append(f.graph.Leaves, in.(string))
				f.leaves[in.(string)] = -len(f.graph.Leaves)
			}
			at = f.leaves[in.(string)]
		}
		n.Inputs = append(n.Inputs, at)
	}
	f.graph.Nodes = append(f.graph.Nodes, n)
}

func (f *fakeSurveyor) Graph(_ context.Context, b *models.Batch) (*hooks.Graph, error) {
	n, outputs := b.Len(), 0
	for _, flag := range b.Output {
		outputs += int(flag)
	}
	f.cached += n
	f.graph, f.leaves = &hooks.Graph{}, map[string]int{}
	if f.single && n == 1 {
		f.node("more", "CONT", [3]int{4, 1, 1}, "inp")
	}
	f.node("embd", "GET_ROWS", [3]int{4, n, 1}, "token_embd.weight", "inp")
	in := "embd"
	for layer := range 2 {
		f.block(layer, in, n, outputs)
		in = fmt.Sprintf("l_out-%d", layer)
	}
	f.node("norm", "RMS_NORM", [3]int{4, outputs, 1}, "l_out-1")
	f.node("result_norm", "MUL", [3]int{4, outputs, 1}, "norm", "output_norm.weight")
	f.node("result_output", "MUL_MAT", [3]int{f.vocab, outputs, 1}, "output.weight", "result_norm")
	return f.graph, f.call("graph")
}

func (f *fakeSurveyor) block(layer int, in string, n, outputs int) {
	at := func(name string) string { return fmt.Sprintf("%s-%d", name, layer) }
	weight := func(name string) string { return fmt.Sprintf("blk.%d.%s.weight", layer, name) }
	f.node(at("attn_norm"), "RMS_NORM", [3]int{4, n, 1}, in)
	for _, name := range []string{"q", "k", "v"} {
		heads := 1
		if name == "q" {
			heads = 2
		}
		f.node(at(name), "MUL_MAT", [3]int{2 * heads, n, 1}, weight("attn_"+name), at("attn_norm"))
		f.node(at(name+" heads"), "RESHAPE", [3]int{2, heads, n}, at(name))
	}
	f.node(at("cache"), "SET_ROWS", [3]int{2, n, 1}, at("k heads"), "cache")
	f.node(at("kq_soft_max"), "SOFT_MAX", [3]int{32, n, 2}, at("q heads"), at("cache"))
	f.node(at("kqv_out"), "CONT", [3]int{4, n, 1}, at("kq_soft_max"))
	f.node(at("attn_out"), "MUL_MAT", [3]int{4, n, 1}, weight("attn_output"), at("kqv_out"))
	attn, read := at("attn_out"), in
	if layer == 1 {
		n = outputs
		f.node("attn rows", "GET_ROWS", [3]int{4, n, 1}, at("attn_out"), "outputs")
		f.node("stream rows", "GET_ROWS", [3]int{4, n, 1}, in, "outputs")
		attn, read = "attn rows", "stream rows"
	}
	f.node(at("ffn_inp"), "ADD", [3]int{4, n, 1}, attn, read)
	f.node(at("ffn_norm"), "RMS_NORM", [3]int{4, n, 1}, at("ffn_inp"))
	f.node(at("ffn_gate"), "MUL_MAT", [3]int{6, n, 1}, weight("ffn_gate"), at("ffn_norm"))
	f.node(at("ffn_up"), "MUL_MAT", [3]int{6, n, 1}, weight("ffn_up"), at("ffn_norm"))
	f.node(at("ffn_act"), "GLU", [3]int{6, n, 1}, at("ffn_gate"), at("ffn_up"))
	f.node(at("ffn_out"), "MUL_MAT", [3]int{4, n, 1}, weight("ffn_down"), at("ffn_act"))
	f.node(at("l_out"), "ADD", [3]int{4, n, 1}, at("ffn_out"), at("ffn_inp"))
}
