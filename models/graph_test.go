package models

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

func graph(t *testing.T, c *Context, b *Batch) *hooks.Graph {
	t.Helper()
	c.Clear()
	g, err := c.Graph(context.Background(), b)
	require.NoError(t, err)
	c.Clear()
	return g
}

func TestGraph(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	g := graph(t, c, batchOf(prompt, 0, 0, false, false, false, true, true, true))
	nodes := map[string]hooks.Node{}
	for i, n := range g.Nodes {
		nodes[n.Name+" "+n.Op] = n
		for _, in := range n.Inputs {
			assert.Less(t, in, i)
			assert.LessOrEqual(t, -in, len(g.Leaves))
		}
	}
	inputs := func(name string) (out []string) {
		for _, in := range nodes[name].Inputs {
			if in >= 0 {
				out = append(out, g.Nodes[in].Name)
			} else {
				out = append(out, g.Leaves[-1-in])
			}
		}
		return out
	}
	assert.Equal(t, "token_embd.weight", inputs("embd GET_ROWS")[0])
	assert.Equal(t, []string{"blk.1.attn_q.weight", "attn_norm-1"}, inputs("Qcur-1 MUL_MAT"))
	assert.Equal(t, []string{"blk.2.ffn_down.weight", "ffn_swiglu-2"}, inputs("ffn_out-2 MUL_MAT"))
	assert.ElementsMatch(t, []string{"ffn_out-1", "ffn_inp-1"}, inputs("l_out-1 ADD"))
	assert.Equal(t, [4]int{64, 6, 1, 1}, nodes["l_out-1 ADD"].Shape)
	assert.Equal(t, [4]int{64, 3, 1, 1}, nodes["l_out-2 ADD"].Shape, "of output tokens alone")
	assert.Equal(t, [4]int{m.Facts().Vocabulary, 3, 1, 1}, nodes["result_output MUL_MAT"].Shape)

	again := graph(t, c, batchOf(prompt, 0, 0, false, false, false, true, true, true))
	assert.Equal(t, g, again)
	require.NoError(t, c.Decode(context.Background(), batchOf(prompt, 0, 0), Extent{}, nil), "it leaves the context usable")
}

// Graphs of one token and of several, at the beginning and later, hold the same
// nodes under the same numbers.
func TestGraphsMatch(t *testing.T) {
	for _, arch := range append(architectures, "command-r", "qwen2moe", "deci", "deepseek2", "deepseek32", "qwen35", "lfm2", "mamba", "falcon-h1", "rwkv7", "kimi-linear") {
		c := newContext(t, load(t, arch))
		f := c.model.Facts()
		table, err := hooks.ForArch(f.Architecture)
		require.NoError(t, err)
		several := locate(t, c)
		check := func(b *Batch, outputs int) {
			g, err := c.Graph(context.Background(), b)
			require.NoError(t, err)
			assert.NoError(t, several.Matches(hooks.Locate(g, table, f.Layers, b.Len(), outputs)), arch)
		}
		check(batchOf(prompt[:1], 0, 0), 1)
		check(batchOf(prompt, 0, 1), len(prompt))
		check(batchOf(make([]Token, 60), 0, 7, make([]bool, 60)...), 0)
		check(batchOf(prompt[:1], 0, 67), 1)
	}
}

func TestGraphRefuses(t *testing.T) {
	c := newContext(t, load(t, "llama"))
	_, err := c.Graph(context.Background(), &Batch{})
	assert.ErrorContains(t, err, "0 tokens")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = c.Graph(ctx, batchOf(prompt, 0, 0))
	assert.ErrorIs(t, err, context.Canceled)
}
