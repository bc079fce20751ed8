package capture

import (
	"context"
	"fmt"
	"math"
	"unsafe"

	"intentprobe/capture/internal/fake"
	"intentprobe/hooks"
	"intentprobe/models"
)

// fakeSurveyor is a model of two blocks whose graph has the nodes of a Llama. Its
// activations are drawn by lot, but what it adds, norms and unembeds is so added,
// normed and unembedded.
type fakeSurveyor struct {
	opt    models.ContextOptions
	vocab  int
	show   func(tensor string, values []float32) // changes what the reader sees of a node
	single bool                                  // the graph of one token has one node more
	fail   string                                // the call that gives errEngine
	asked  []string                              // the calls
	cached int                                   // tokens in the cache

	graph  *hooks.Graph
	leaves map[string]int
	plan   *hooks.Plan
	batch  models.Batch
}

const fakeEps = 1e-5

func (f *fakeSurveyor) call(name string) error {
	f.asked = append(f.asked, name)
	if f.fail == name {
		return fake.ErrEngine
	}
	return nil
}

func (f *fakeSurveyor) Options() models.ContextOptions { return f.opt }
func (f *fakeSurveyor) Clear()                         { f.cached = 0 }

func (f *fakeSurveyor) SetPlan(p *hooks.Plan) error {
	f.plan = p
	return f.call("plan")
}

// values computes a node of one token.
func (f *fakeSurveyor) values(tensor string, width, token int) []float32 {
	out := make([]float32, width)
	var layer int
	kind := tensor
	if n, _ := fmt.Sscanf(tensor, "ffn_inp-%d", &layer); n == 1 {
		kind = "ffn_inp"
	} else if n, _ := fmt.Sscanf(tensor, "l_out-%d", &layer); n == 1 {
		kind = "l_out"
	}
	in := "embd"
	if layer > 0 {
		in = fmt.Sprintf("l_out-%d", layer-1)
	}
	switch kind {
	case "embd": // scaled, as Gemma does
		for j, w := range fakeWeight("token_embd.weight", token) {
			out[j] = 2 * w
		}
	case "ffn_inp":
		out = sumOf(f.values(in, width, token), f.values(fmt.Sprintf("attn_out-%d", layer), width, token))
	case "l_out":
		out = sumOf(f.values(fmt.Sprintf("ffn_inp-%d", layer), width, token), f.values(fmt.Sprintf("ffn_out-%d", layer), width, token))
	case "result_norm":
		out = normOf(f.values("l_out-1", width, token))
	case "result_output":
		normed := f.values("result_norm", 4, token)
		for i := range out {
			for j, w := range fakeWeight("output.weight", i) {
				out[i] += w * normed[j]
			}
		}
	default:
		for j := range out {
			out[j] = float32(fake.Checksum([]models.Token{int32(token), int32(j)}, tensor)%1000)/500 - 1
		}
	}
	return out
}

func sumOf(x, y []float32) []float32 {
	for i := range x {
		x[i] += y[i]
	}
	return x
}

func normOf(x []float32) []float32 {
	square := 0.0
	for _, v := range x {
		square += float64(v) * float64(v)
	}
	scale := 1 / math.Sqrt(square/float64(len(x))+fakeEps)
	for i, w := range fakeWeight("output_norm.weight", 0) {
		x[i] = float32(float64(x[i]) * scale * float64(w))
	}
	return x
}

func fakeWeight(name string, row int) []float32 {
	out := make([]float32, 4)
	for j := range out {
		out[j] = 0.5 + float32(fake.Checksum([]models.Token{int32(row), int32(j)}, name)%1000)/1000
	}
	return out
}

func (f *fakeSurveyor) Decode(_ context.Context, b *models.Batch, _ models.Extent, targets []models.Target) error {
	f.batch, f.cached = *b, f.cached+b.Len()
	for i, target := range targets {
		at := 0
		for _, l := range f.plan.Reads {
			width := l.Width()
			values := f.values(l.Tensor, width, int(b.Tokens[i]))
			if f.show != nil {
				f.show(l.Tensor, values)
			}
			copy(unsafe.Slice((*float32)(unsafe.Add(target.Base, 4*(target.Capacity*at+target.Row*width))), width), values)
			at += width
		}
	}
	return f.call("decode")
}

func (f *fakeSurveyor) Logits(row int) ([]float32, error) {
	return f.values("result_output", f.vocab, int(f.batch.Tokens[row])), f.call("logits")
}
