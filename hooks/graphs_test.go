package hooks

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The graphs in testdata are of 4 tokens, the last 2 with their output flag.
const (
	fixtureTokens  = 4
	fixtureOutputs = 2
)

// fixtures are the graphs and how many layers their models have.
var fixtures = map[string]int{
	"llama": 3, "qwen2moe": 3, "gemma2": 3, "phi3": 3, "gpt2": 3, "command-r": 3, "deci": 4,
	"gpt-oss": 4, "phi2": 3, "olmo": 3, "falcon": 3, "nemotron": 3, "deepseek2": 3,
	"qwen35": 3, "gemma4": 6, "falcon-h1": 3, "nemotron_h": 4, "lfm2": 3, "rwkv7": 3, "step35": 4,
}

func readGraph(t testing.TB, name string) *Graph {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "graphs", name+".json.gz"))
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	var g Graph
	require.NoError(t, json.NewDecoder(z).Decode(&g))
	return &g
}

func archOf(t testing.TB, name string) Arch {
	t.Helper()
	a, err := ForArch(name)
	require.NoError(t, err)
	return a
}

// located gives the map of a fixture.
func located(t testing.TB, name string) *Map {
	t.Helper()
	return Locate(readGraph(t, name), archOf(t, name), fixtures[name], fixtureTokens, fixtureOutputs)
}

// describe says in one line where a point lies: "q Qcur-1 MUL_MAT 4x16". A name
// that ggml made up from the node's number is "-".
func describe(g *Graph, l Located) string {
	shape := make([]string, len(l.Shape))
	for i, d := range l.Shape {
		shape[i] = fmt.Sprint(d)
	}
	name := l.Tensor
	if name == fmt.Sprintf("node_%d", l.Node) {
		name = "-"
	}
	text := fmt.Sprintf("%s %s %s %s", sites[l.Site].short[0], name, g.Nodes[l.Node].Op, strings.Join(shape, "x"))
	text += map[Layout]string{ByHead: " by head", PatternByKey: " by key"}[l.Layout]
	if l.Output {
		text += " output"
	}
	return text
}

// block describes the points of one block.
func block(m *Map, n int) []string {
	var out []string
	for _, l := range m.Points {
		if sites[l.Site].perLayer && l.Layer == n {
			out = append(out, describe(m.Graph, l))
		}
	}
	return out
}

// lines cuts a table into lines without their indentation.
func lines(text string) []string {
	var out []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		out = append(out, strings.Join(strings.Fields(line), " "))
	}
	return out
}

func TestEveryFixtureIsThere(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "graphs", "*"))
	require.NoError(t, err)
	assert.Len(t, files, len(fixtures))
	for name := range fixtures {
		g := readGraph(t, name)
		assert.Equal(t, [4]int{64, fixtureTokens, 1, 1}, g.Nodes[0].Shape, "%s begins with the embedding of every token", name)
		last := g.Nodes[len(g.Nodes)-1]
		assert.Equal(t, "result_output", last.Name, name)
		assert.Equal(t, fixtureOutputs, last.Shape[1], name)
		for i, n := range g.Nodes {
			for _, in := range n.Inputs {
				require.Less(t, in, i, "%s: node %d reads what comes later", name, i)
				require.LessOrEqual(t, -in, len(g.Leaves), name)
			}
		}
	}
}
