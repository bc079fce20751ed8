package hooks

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What adapters add to a product, one after another, is seen through, and nothing else is.
func TestProductsAreFollowedThroughAdapters(t *testing.T) {
	g := &Graph{Leaves: []string{"w", "w.lora_a", "w.lora_b", "w.lora_a", "w.lora_b", "bias"}}
	leaf := func(i int) int { return -1 - i }
	node := func(op string, inputs ...int) int {
		g.Nodes = append(g.Nodes, Node{Op: op, Inputs: inputs})
		return len(g.Nodes) - 1
	}
	x := node("RMS_NORM")
	product := node("MUL_MAT", leaf(0), x)
	part := func(a, b int) int {
		return node("SCALE", node("MUL_MAT", leaf(b), node("MUL_MAT", leaf(a), x)))
	}
	one := part(1, 2)
	first := node("ADD", product, one)
	other := part(3, 4)
	second := node("ADD", first, other)
	biased := node("ADD", second, leaf(5))
	stream := node("ADD", biased, x)

	assert.Equal(t, product, g.product("w"))
	assert.Equal(t, second, g.adapted(product))
	assert.Equal(t, biased, g.biased(product))
	assert.True(t, g.adapts(first))
	assert.False(t, g.adapts(biased) || g.adapts(stream) || g.adapts(product))
	assert.Equal(t, 2, g.Adapters("w"))
	assert.Zero(t, g.Adapters("x"))
	assert.ElementsMatch(t, []int{biased, x}, g.addends(stream, -1))
	assert.Equal(t, []int{second}, g.addends(second, -1), "one product, whatever adapters add to it")
}
