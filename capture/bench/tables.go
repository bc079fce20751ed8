package bench

import (
	"context"
	"fmt"

	"intentprobe/capture/spec"
	"intentprobe/models"
)

// eightPoints is what the widest comparison captures of each block.
var eightPoints = []string{"resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post", "z", "mlp_post", "q"}

// Decode compares decoding with capture against plain decoding: one point, the
// output of every block, eight points a block.
func (m *Model) Decode(ctx context.Context, tell func(Timing)) error {
	for _, c := range []struct {
		name  string
		hooks []string
	}{
		{"one resid_post", []string{"resid_post:50%"}},
		{"all resid_post", []string{"resid_post"}},
		{"eight points a block", m.has(eightPoints)},
	} {
		if err := m.against(ctx, "decode, "+c.name, len(m.prompt)+m.decode, m.spec(c.hooks, m.decode), tell, m.prompt); err != nil {
			return err
		}
	}
	return nil
}

// Prefill compares prompts of 512 tokens captured against plain, and passes that
// stop at half depth against passes that capture every block.
func (m *Model) Prefill(ctx context.Context, tell func(Timing)) error {
	prompts := m.different()
	tokens := len(prompts) * len(m.long)
	if err := m.against(ctx, "prefill, all resid_post", tokens, m.spec([]string{"resid_post"}, 0), tell, prompts...); err != nil {
		return err
	}
	full, err := m.way(ctx, m.spec([]string{"resid_post"}, 0), prompts...)
	if err != nil {
		return err
	}
	defer full.close()
	half, err := m.way(ctx, m.spec([]string{fmt.Sprintf("resid_post:0-%d", m.model.Facts().Layers/2-1)}, 0), prompts...)
	if err != nil {
		return err
	}
	defer half.close()
	t, err := m.timing("prefill, to half depth", "all blocks", "half", tokens,
		func() error { return full.captured(ctx) }, func() error { return half.captured(ctx) })
	if err == nil {
		tell(t)
	}
	return err
}

// Batches compares samples of one prompt that are decoded at once with the same samples
// one after another. Both ways are captured.
func (m *Model) Batches(ctx context.Context, sizes []int, tell func(Timing)) error {
	for _, n := range sizes {
		var ways []*way
		for _, batch := range []int{1, n} {
			s := m.spec([]string{"resid_post"}, m.decode/8)
			s.Generate.Samples, s.Generate.Temperature, s.Engine.Batch = n, 1, spec.Auto(batch)
			w, err := m.way(ctx, s, m.prompt)
			if err != nil {
				return err
			}
			defer w.close()
			ways = append(ways, w)
		}
		t, err := m.timing(fmt.Sprintf("%d samples at once", n), "one after another", "at once", n*m.decode/8,
			func() error { return ways[0].captured(ctx) }, func() error { return ways[1].captured(ctx) })
		if err != nil {
			return err
		}
		tell(t)
	}
	return nil
}

// different gives long prompts that share no beginning.
func (m *Model) different() [][]models.Token {
	var out [][]models.Token
	for i := range longPrompts {
		out = append(out, append(append([]models.Token{}, m.long[i+1:]...), m.long[:i+1]...))
	}
	return out
}

// against compares a captured run with plain decoding of the same tokens.
func (m *Model) against(ctx context.Context, name string, tokens int, s spec.Spec, tell func(Timing), prompts ...[]models.Token) error {
	w, err := m.way(ctx, s, prompts...)
	if err != nil {
		return err
	}
	defer w.close()
	t, err := m.timing(name, "plain", "captured", tokens,
		func() error { return w.plain(ctx) }, func() error { return w.captured(ctx) })
	if err == nil {
		tell(t)
	}
	return err
}

// has leaves out the selectors of points that this model does not offer.
func (m *Model) has(selectors []string) []string {
	var out []string
	for _, s := range selectors {
		if _, err := m.hooks.Select([]string{s}); err == nil {
			out = append(out, s)
		}
	}
	return out
}
