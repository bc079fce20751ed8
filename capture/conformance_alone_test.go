package capture

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
	"intentprobe/models"
)

// soloist reads texts from left to right, each in one sequence of an empty cache.
type soloist struct {
	engine *models.Context
	hooks  *hooks.Map
	points []hooks.Located
	beside bool // another sequence may lie between the cells

	longest int // text, in tokens
}

// reading is what a text tells of each of its tokens.
type reading struct {
	values  [][][]float32 // by point and token
	logprob []float64     // of the token; the first has none
	entropy []float64     // behind it
	logits  [][]float32   // likewise
}

// soloTokens is the longest text of a conformance run, and of a micro-batch alone.
const soloTokens = 512

func newSoloist(t *testing.T, model *models.Model, longest int) *soloist {
	engine, err := model.NewContext(models.ContextOptions{Tokens: 2 * longest, Sequences: 2, MicroBatch: soloTokens, Threads: 1, KVType: "f32"})
	require.NoError(t, err)
	t.Cleanup(engine.Close)
	m, _, err := SurveyContext(context.Background(), engine, model.Facts())
	require.NoError(t, err)
	return &soloist{engine: engine, hooks: m, beside: !model.Facts().Recurrent, longest: longest}
}

// at says what is read at every token, and what may be edited.
func (a *soloist) at(t *testing.T, points []hooks.Located, edits []hooks.Edit) {
	plan := &hooks.Plan{}
	for _, p := range points {
		at, ok := a.hooks.Find(p.Point)
		require.True(t, ok, p.Point)
		plan.Reads = append(plan.Reads, at)
	}
	for _, e := range edits {
		at, ok := a.hooks.Find(e.Point)
		require.True(t, ok, e.Point)
		e.Located = at
		plan.Edits = append(plan.Edits, e)
	}
	require.NoError(t, a.engine.SetPlan(plan))
	a.points = plan.Reads
}

// text is tokens, and what is edited of them.
type text struct {
	tokens []models.Token
	edits  map[int][]models.Application // by token
}

// key tells texts apart.
func (x *text) key(arm string) string { return fmt.Sprint(arm, x.tokens) }

// read decodes a text in micro-batches of so many tokens, between other tokens of
// another sequence where that is asked for.
func (a *soloist) read(t *testing.T, x *text, size, between int) *reading {
	t.Helper()
	tokens := x.tokens
	require.LessOrEqual(t, len(tokens), a.longest)
	seen := newSighting(&hooks.Plan{Reads: a.points}, len(tokens))
	defer seen.unpin()
	out := &reading{logprob: []float64{math.NaN()}}
	a.engine.Clear()
	decode := func(tokens []models.Token, from, sequence int, targets []models.Target) {
		var batch models.Batch
		for i, token := range tokens {
			batch.Add(token, from+i, sequence, true)
			for _, edit := range x.edits[from+i] {
				if sequence == 0 {
					edit.Token = i
					batch.Edits = append(batch.Edits, edit)
				}
			}
		}
		require.NoError(t, a.engine.Decode(context.Background(), &batch, models.Extent{}, targets))
	}
	for from, other := 0, 0; from < len(tokens); from += size {
		if a.beside && between > 0 {
			decode(tokens[:between], other, 1, nil)
			other += between
		}
		to := min(from+size, len(tokens))
		decode(tokens[from:to], from, 0, seen.targets[from:to])
		for i := from; i < to; i++ {
			next := models.Token(-1)
			if i+1 < len(tokens) {
				next = tokens[i+1]
			}
			logprob, entropy, err := a.engine.Score(i-from, next)
			require.NoError(t, err)
			if next >= 0 {
				out.logprob = append(out.logprob, float64(logprob))
			}
			out.entropy = append(out.entropy, float64(entropy))
			logits, err := a.engine.Logits(i - from)
			require.NoError(t, err)
			out.logits = append(out.logits, append([]float32{}, logits...))
		}
	}
	for i := range a.points {
		var rows [][]float32
		for _, row := range seen.column(i) {
			rows = append(rows, append([]float32{}, row...))
		}
		out.values = append(out.values, rows)
	}
	return out
}

// pacing is a way to read a text: in micro-batches of so many tokens, with so many tokens of
// another sequence between them.
type pacing struct{ size, between int }

// Ways to read a text that is not read as expected. Where the few do not explain it,
// the many are tried: a step of a table, which one number in a few thousand is near, is
// seldom crossed in a few readings.
var (
	fewWays  = []pacing{{7, 0}, {3, 2}, {32, 5}, {64, 0}}
	manyWays = []pacing{{1, 0}, {1, 3}, {2, 0}, {2, 1}, {4, 0}, {5, 7}, {6, 1}, {8, 0}, {9, 4}, {10, 0}, {11, 2}, {12, 0}, {13, 6}, {16, 0}, {16, 9},
		{19, 1}, {24, 0}, {27, 3}, {40, 0}, {48, 0}, {48, 8}, {96, 0}, {128, 0}, {128, 5}, {200, 0}, {256, 0}}
)

// sway is how far readings of one text lie apart, at most, when its micro-batches and
// the places of its cells are other ones: a row, relative to its length, and a
// log-probability. That is rounding, made larger by what is not smooth: ggml looks
// GELU up in a table of 65,536 values, and experts are chosen.
func (a *soloist) sway(t *testing.T, x *text, want *reading, ways []pacing) (row, nats float64) {
	for _, v := range ways {
		got := a.read(t, x, v.size, min(v.between, len(x.tokens)))
		for k := range got.values {
			for i := range got.values[k] {
				row = max(row, distance(got.values[k][i], want.values[k][i]))
			}
		}
		for i := range x.tokens {
			nats = max(nats, math.Abs(got.entropy[i]-want.entropy[i]))
			if i > 0 {
				nats = max(nats, math.Abs(got.logprob[i]-want.logprob[i]))
			}
		}
	}
	return row, nats
}

// distance is how far a vector is from another, relative to that one's length.
func distance(got, want []float32) float64 {
	var off, size float64
	for i := range want {
		d := float64(got[i]) - float64(want[i])
		off += d * d
		size += float64(want[i]) * float64(want[i])
	}
	return math.Sqrt(off / max(size, 1e-30))
}
