package hooks

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The points before the blocks and behind them.
func TestEnds(t *testing.T) {
	for name, want := range map[string]string{
		"llama":     "embed embd GET_ROWS 64; resid_pre embd GET_ROWS 64; ln_final result_norm MUL 64 output; logits result_output MUL_MAT 316 output",
		"gemma2":    "embed inp_scaled SCALE 64; resid_pre inp_scaled SCALE 64; ln_final result_norm MUL 64 output; logits result_output SCALE 414 output",
		"gpt2":      "embed embd GET_ROWS 64; resid_pre inpL ADD 64; ln_final result_norm ADD 64 output; logits result_output MUL_MAT 314 output",
		"olmo":      "embed embd GET_ROWS 64; resid_pre embd GET_ROWS 64; ln_final result_norm NORM 64 output; logits result_output MUL_MAT 314 output",
		"phi2":      "embed embd GET_ROWS 64; resid_pre embd GET_ROWS 64; ln_final result_norm ADD 64 output; logits result_output ADD 314 output",
		"qwen35":    "embed model.input_embed GET_ROWS 64; resid_pre model.input_embed GET_ROWS 64; ln_final result_norm GET_ROWS 64 output; logits result_output MUL_MAT 316 output",
		"rwkv7":     "embed embd GET_ROWS 64; resid_pre - ADD 64; ln_final result_norm ADD 64 output; logits result_output MUL_MAT 316 output",
		"command-r": "embed embd GET_ROWS 64; resid_pre embd GET_ROWS 64; ln_final result_norm MUL 64 output; logits result_output SCALE 316 output",
	} {
		m := located(t, name)
		text := ""
		for i, p := range []Point{{Site: Embed}, {Site: ResidPre}, {Site: FinalNorm}, {Site: Logits}} {
			l, ok := m.Find(p)
			require.True(t, ok, "%s %s", name, p)
			if i > 0 {
				text += "; "
			}
			text += describe(m.Graph, l)
		}
		assert.Equal(t, want, text, name)
	}
}

// Of the last block only output tokens are computed, from behind its attention on.
func TestOutputOfTheLastBlock(t *testing.T) {
	behind := []string{"resid_mid", "mlp_pre", "mlp_post", "router_logits", "mlp_out", "resid_post"}
	for name, layers := range fixtures {
		m := located(t, name)
		for _, l := range m.Points {
			short := sites[l.Site].short[0]
			want := l.Site == FinalNorm || l.Site == Logits || l.Layer == layers-1 && slices.Contains(behind, short)
			switch {
			case slices.Contains([]string{"gpt-oss", "qwen35", "gemma4", "nemotron_h", "step35"}, name) && l.Site <= ResidPost: // llama.cpp selects behind its last block
				want = false
			case slices.Contains([]string{"falcon-h1", "rwkv7"}, name) && l.Site == ResidMid: // or behind its middle
				want = false
			case name == "gemma2" && l.Point == Point{AttnOut, 2}: // the norm behind the attention is behind the selection too
				want = true
			}
			assert.Equal(t, want, l.Output, "%s %s", name, l)
			if l.Output {
				assert.Equal(t, fixtureOutputs, m.Graph.Nodes[l.Node].Shape[1], "%s %s", name, l)
			}
		}
		plan := Plan{Reads: m.Points}
		assert.True(t, plan.Outputs())
		assert.Equal(t, len(m.Graph.Nodes)-1, plan.Last(), "the logits come last")
	}
}

// What stands between attention and the selection is read before it, so that
// every token has its row.
func TestAttnOutOfTheLastBlockIsReadBeforeTheSelection(t *testing.T) {
	for name, output := range map[string]bool{"llama": false, "gpt2": false, "command-r": false, "falcon": false, "gemma2": true} {
		m := located(t, name)
		l, ok := m.Find(Point{AttnOut, 2})
		require.True(t, ok, name)
		assert.Equal(t, output, m.Graph.Nodes[l.Node].Shape[1] == fixtureOutputs, name)
		assert.Equal(t, output, l.Output, name)
	}
}

func TestEveryBlockReadsWhatTheOneBeforeLeft(t *testing.T) {
	for name, layers := range fixtures {
		m := located(t, name)
		require.Len(t, m.Read, layers, name)
		for n, r := range m.Read {
			pre, ok := m.Find(Point{ResidPre, n})
			require.True(t, ok)
			assert.Equal(t, pre.Node, r.Node, "%s block %d", name, n)
			assert.Equal(t, Point{ResidPre, n}, r.Point)
			assert.Equal(t, pre.Shape, r.Shape)
			assert.False(t, r.Output)
		}
	}
}

func TestCacheIsDoneBehindItsLastWrite(t *testing.T) {
	for name, layers := range fixtures {
		m := located(t, name)
		writes := 0
		for i, n := range m.Graph.Nodes {
			if n.Op == "SET_ROWS" || n.Op == "CPY" {
				assert.LessOrEqual(t, i, m.CacheDone, name)
			}
			if n.Op == "SET_ROWS" {
				writes++
			}
		}
		last, want := "SET_ROWS", 2*layers // keys and values
		switch name {
		case "deci":
			want = 4 // of its two blocks with attention
		case "deepseek2":
			want = layers // keys and values in one
		case "gemma4":
			want = 2 * 4 // the last two have those of others
		case "qwen35", "nemotron_h", "lfm2":
			last, want = "CPY", 2 // and the states of the other blocks
		case "falcon-h1":
			last = "CPY"
		case "rwkv7":
			last, want = "CPY", 0
		}
		assert.Equal(t, last, m.Graph.Nodes[m.CacheDone].Op, name)
		assert.Equal(t, want, writes, name)
		if pattern, ok := m.Find(Point{Pattern, layers - 1}); ok && last == "SET_ROWS" {
			assert.Less(t, m.CacheDone, pattern.Node, "%s: before the last block attends", name)
		}
		post, ok := m.Find(Point{ResidPost, layers - 1})
		require.True(t, ok)
		assert.Less(t, m.CacheDone, post.Node, name)
	}
}

func TestPointsAreInColumnOrder(t *testing.T) {
	for name, layers := range fixtures {
		m := located(t, name)
		var want []Point
		for _, p := range All(layers) {
			if _, ok := m.Find(p); ok {
				want = append(want, p)
				assert.NotContains(t, m.Absent, p, name)
			} else {
				assert.NotEmpty(t, m.Absent[p], "%s: why there is no %s", name, p)
			}
		}
		var got []Point
		for _, l := range m.Points {
			got = append(got, l.Point)
			assert.Equal(t, m.Graph.Nodes[l.Node].Name, l.Tensor, fmt.Sprint(name, l))
		}
		assert.Equal(t, want, got, name)
	}
}
