package capture

import (
	"context"
	"fmt"

	"intentprobe/models"
)

// eightPoints is what the widest comparison captures of each block.
var eightPoints = []string{"resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post", "z", "mlp_post", "q"}

// Decode compares decoding with capture against plain decoding: one point, the
// output of every block, eight points a block.
func (b *Bench) Decode(ctx context.Context, tell func(Comparison)) error {
	for _, c := range []struct {
		name  string
		hooks []string
	}{
		{"one resid_post", []string{"resid_post:50%"}},
		{"all resid_post", []string{"resid_post"}},
		{"eight points a block", b.has(eightPoints)},
	} {
		spec := b.spec(c.hooks, b.decode)
		if err := b.against(ctx, "decode, "+c.name, len(b.prompt)+b.decode, spec, tell, b.prompt); err != nil {
			return err
		}
	}
	return nil
}

// Prefill compares prompts of 512 tokens captured against plain, and passes that
// stop at half depth against passes that capture every block.
func (b *Bench) Prefill(ctx context.Context, tell func(Comparison)) error {
	prompts := b.different()
	tokens := len(prompts) * len(b.long)
	if err := b.against(ctx, "prefill, all resid_post", tokens, b.spec([]string{"resid_post"}, 0), tell, prompts...); err != nil {
		return err
	}
	full, err := b.way(ctx, b.spec([]string{"resid_post"}, 0), prompts...)
	if err != nil {
		return err
	}
	defer full.close()
	half, err := b.way(ctx, b.spec([]string{fmt.Sprintf("resid_post:0-%d", b.model.Facts().Layers/2-1)}, 0), prompts...)
	if err != nil {
		return err
	}
	defer half.close()
	c, err := b.compare("prefill, to half depth", "all blocks", "half", tokens,
		func() error { return full.captured(ctx) }, func() error { return half.captured(ctx) })
	if err == nil {
		tell(c)
	}
	return err
}

// Batches compares samples of one prompt decoded at once against one after
// another, captured both ways.
func (b *Bench) Batches(ctx context.Context, sizes []int, tell func(Comparison)) error {
	for _, n := range sizes {
		var ways []*way
		for _, batch := range []int{1, n} {
			spec := b.spec([]string{"resid_post"}, b.decode/8)
			spec.Generate.Samples, spec.Generate.Temperature, spec.Engine.Batch = n, 1, Auto(batch)
			w, err := b.way(ctx, spec, b.prompt)
			if err != nil {
				return err
			}
			defer w.close()
			ways = append(ways, w)
		}
		c, err := b.compare(fmt.Sprintf("%d samples at once", n), "one after another", "at once", n*b.decode/8,
			func() error { return ways[0].captured(ctx) }, func() error { return ways[1].captured(ctx) })
		if err != nil {
			return err
		}
		tell(c)
	}
	return nil
}

// different gives long prompts that share no beginning.
func (b *Bench) different() [][]models.Token {
	var out [][]models.Token
	for i := range benchPrompts {
		out = append(out, append(append([]models.Token{}, b.long[i+1:]...), b.long[:i+1]...))
	}
	return out
}

// against compares a captured run with plain decoding of the same tokens.
func (b *Bench) against(ctx context.Context, name string, tokens int, spec Spec, tell func(Comparison), prompts ...[]models.Token) error {
	w, err := b.way(ctx, spec, prompts...)
	if err != nil {
		return err
	}
	defer w.close()
	c, err := b.compare(name, "plain", "captured", tokens,
		func() error { return w.plain(ctx) }, func() error { return w.captured(ctx) })
	if err == nil {
		tell(c)
	}
	return err
}

func (b *Bench) spec(hooks []string, maxTokens int) Spec {
	s := DefaultSpec()
	s.Capture.Hooks = hooks
	s.Generate.MaxTokens = maxTokens
	s.Engine.Batch = 1
	if maxTokens == 0 {
		s.Capture.Logprobs = "none"
	}
	return s
}

// has leaves out the selectors of points that this model does not offer.
func (b *Bench) has(selectors []string) []string {
	var out []string
	for _, s := range selectors {
		if _, err := b.m.Select([]string{s}); err == nil {
			out = append(out, s)
		}
	}
	return out
}
