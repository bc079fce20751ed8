package hooks

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlanKnowsHowFarItReads(t *testing.T) {
	m := located(t, "llama")
	for _, c := range []struct {
		selector string
		last     string // the last node's name
		outputs  bool
	}{
		{"embed", "embd", false},
		{"resid_post:0", "l_out-0", false},
		{"resid_post:0-1,resid_pre:0", "l_out-1", false},
		{"resid_mid:1,q:2", "Qcur-2", false},
		{"attn_out:2", "attn_out-2", false},
		{"resid_mid:2,embed", "ffn_inp-2", true},
		{"resid_post", "l_out-2", true},
		{"ln_final", "result_norm", true},
		{"*", "result_output", true},
	} {
		points, err := m.Select([]string{c.selector})
		require.NoError(t, err)
		p := Plan{Reads: points}
		assert.Equal(t, c.last, m.Graph.Nodes[p.Last()].Name, c.selector)
		assert.Equal(t, c.outputs, p.Outputs(), c.selector)
	}
	points, err := m.Select([]string{"resid_post:0,2"})
	require.NoError(t, err)
	p := Plan{Reads: points[:1], Scores: []Score{{Located: points[1], Vector: make([]float32, 3)}}, Edits: []Edit{{Located: points[0], Vector: make([]float32, 2)}}}
	assert.Equal(t, points[1].Node, p.Last())
	assert.True(t, p.Outputs(), "a score of what is computed for output tokens alone")
	assert.False(t, p.EditsOutputs())
	for i, want := range []Located{points[0], points[1], points[0]} {
		assert.Equal(t, want, p.At(i))
	}
	assert.EqualValues(t, 20, p.Bytes())
	empty := Plan{}
	assert.Equal(t, -1, empty.Last())
	assert.False(t, empty.Outputs())
}

func TestWidth(t *testing.T) {
	for want, shape := range map[int][]int{64: {64}, 1024: {4, 256}, 1: {}} {
		assert.Equal(t, want, Located{Shape: shape}.Width())
	}
}
