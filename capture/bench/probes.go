package bench

import (
	"context"
	"fmt"

	"intentprobe/hooks"
)

// probesAtOnce is how many probes the comparison of probes has, each in a block of its own
// as far as there are so many.
const probesAtOnce = 8

// Probes compares decoding with rows that are scored by probes in different blocks with the
// same run without them: beside the output of one block, and of every block. Then it
// compares a run of scores alone, without activations, with plain decoding.
func (m *Model) Probes(ctx context.Context, tell func(Timing)) error {
	probes, err := m.probes()
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name  string
		hooks []string
	}{{"one resid_post", []string{"resid_post:50%"}}, {"all resid_post", []string{"resid_post"}}, {"no activations", nil}} {
		s := m.spec(c.hooks, m.decode)
		scored, err := m.wayWith(ctx, s, nil, probes, m.prompt)
		if err != nil {
			return err
		}
		defer scored.close()
		base, without, name := scored, "plain", fmt.Sprintf("decode, %d probes, %s", len(probes), c.name)
		first := func() error { return base.plain(ctx) }
		if len(c.hooks) > 0 {
			if base, err = m.way(ctx, s, m.prompt); err != nil {
				return err
			}
			defer base.close()
			without, first = "without", func() error { return base.captured(ctx) }
		}
		t, err := m.timing(name, without, "scored", m.decode, first, func() error { return scored.captured(ctx) })
		if err != nil {
			return err
		}
		tell(t)
	}
	return nil
}

// probes gives probes at outputs of blocks, the last left out: where it is computed, every
// token of a prompt has its last block computed.
func (m *Model) probes() (out []hooks.Score, err error) {
	points, err := m.hooks.Select([]string{"resid_post"})
	if err != nil {
		return nil, err
	}
	blocks := max(1, len(points)-1)
	for i := range probesAtOnce {
		at := points[i*blocks/probesAtOnce]
		out = append(out, hooks.Score{Located: at, Name: fmt.Sprintf("p%d", i), Vector: noise(at.Width(), uint64(i)), Bias: 0.5})
	}
	return out, nil
}
