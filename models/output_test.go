package models

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

// The last layer is computed for output tokens alone: they have rows, others
// cannot have any.
func TestOutputTokensOfTheLastLayer(t *testing.T) {
	for _, arch := range []string{"llama", "gemma2", "command-r", "gpt-oss", "phi3"} {
		c := newContext(t, load(t, arch))
		p := choose(t, c, "resid_post,attn_out,q:-1,mlp_out:-1,ln_final,logits")
		want := capture(t, c, batchOf(prompt, 0, 0))
		b := batchOf(prompt, 0, 0, false, true, false, false, true, true)
		s := newSheet(t, p, len(prompt))
		c.Clear()
		targets := s.targets(len(prompt))
		for i, flag := range b.Output {
			if flag == 0 {
				targets[i] = Target{}
			}
		}
		require.NoError(t, c.Decode(context.Background(), b, Extent{}, targets))
		for row, flag := range b.Output {
			for i := range p.Reads {
				if flag != 0 {
					assert.InDeltaSlice(t, want.floats(i, row), s.floats(i, row), 1e-5, "%s %s", arch, p.Reads[i])
				}
			}
			_, err := c.Logits(row)
			assert.Equal(t, flag != 0, err == nil, "%s: %v", arch, err)
		}

		targets[3] = s.row(3)
		c.Clear()
		var missing *MissingTensorError
		require.ErrorAs(t, c.Decode(context.Background(), b, Extent{}, targets), &missing, arch)
		assert.True(t, missing.Shape)
		assert.True(t, missing.Point.Output, "%s %s", arch, missing.Point)
		assert.Contains(t, missing.Error(), "no row for a token")

		points := choose(t, c, "resid_post:0,q:-1").Reads // of every token
		s = newSheet(t, &hooks.Plan{Reads: points}, len(prompt))
		require.NoError(t, c.Decode(context.Background(), b, Extent{}, s.targets(len(prompt))), "%s", arch)
	}
}
