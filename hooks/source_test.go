package hooks

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// ggml names what it copies to another device after what was copied.
func TestSourceOfACopyIsTheNodeThatWasCopied(t *testing.T) {
	g := &Graph{Nodes: []Node{{Name: "embd"}, {Name: "l_out-1"}, {Name: "l_out-15"}, {Name: "Kcur-3"}, {Name: "Kcur-3"}}}
	assert.Equal(t, 2, g.Source("RPC0[127.0.0.1:50052]#l_out-15#0"))
	assert.Equal(t, 1, g.Source("CUDA0#l_out-1#0"))
	assert.Equal(t, 4, g.Source("CUDA0#Kcur-3#1"), "the last of a name")
	assert.Empty(t, g.Leaves)

	assert.Equal(t, -1, g.Source("blk.0.attn_q.weight"))
	assert.Equal(t, -2, g.Source("CUDA0#inp_pos#0"))
	assert.Equal(t, -3, g.Source("a-device-with-a-long-name#l_out-1"), "cut: l_out-1, or l_out-15")
	assert.Equal(t, []string{"blk.0.attn_q.weight", "inp_pos", "a-device-with-a-long-name#l_out-1"}, g.Leaves)
}
