package baseline

import (
	"context"
	"fmt"
	"slices"

	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/verdict"
	"intentprobe/capture/rows"
	"intentprobe/storage/rundir"
)

// embed is the point before the first block: a token's own vector, which knows no context.
const embed = "hook_embed"

// mostEmbedded are the bytes that mean embeddings may take.
const mostEmbedded = 256 << 20

// meant is a text whose words mean something.
type meant struct {
	what   string // for notes
	name   string // of the baseline
	kind   string
	tokens string // the rule that selects them
	text   func(*Item) string
}

var (
	ofPrompts = meant{"prompt", "mean embedding of the prompt", verdict.Prompt, "prompt", (*Item).prompt}
	ofAnswers = meant{"answer", "mean embedding", verdict.Text, "response", (*Item).answer}
)

// embedding is the mean over a text's tokens of what goes into the first block. It is in
// memory: 4·width bytes a sample. Why says why it was not made.
func (of meant) embedding(ctx context.Context, s *data.Set, items []Item) (b *Baseline, why string, err error) {
	width := 0
	for _, r := range s.Runs {
		at := slices.IndexFunc(r.Manifest.Hooks, func(h rundir.Hook) bool { return h.Name == embed && len(h.Shape) == 1 })
		if at < 0 {
			return nil, r.Name + " has no rows of " + embed, nil
		}
		width = r.Manifest.Hooks[at].Shape[0]
	}
	if bytes := 4 * width * len(s.Samples); bytes > mostEmbedded {
		return nil, fmt.Sprintf("%d samples of %d numbers take more than %d MiB", len(s.Samples), width, mostEmbedded>>20), nil
	}
	if of.tokens == ofPrompts.tokens {
		if why, err := wholePrompts(ctx, s, items); why != "" || err != nil {
			return nil, why, err
		}
	}
	m := &means{x: make([]float32, width*len(s.Samples)), width: width}
	for number, r := range s.Runs {
		source, places, err := sourceOf(ctx, s, number, of.tokens, rows.PoolMean, []string{embed})
		if err != nil {
			return nil, "", err
		}
		if source == nil {
			return nil, r.Name + " has reductions, and no rows of the " + of.what + "s alone", nil
		}
		err = source.EachRow(ctx, embed, func(x *rows.Sample, values []float32) error {
			copy(m.x[places[x.Index]*width:][:width], values)
			return nil
		})
		if err != nil {
			return nil, "", err
		}
	}
	b = &Baseline{Name: of.name, Kind: of.kind, Columns: make([]string, width)}
	b.Space.Name, b.Space.Rows = b.Name, m
	for i := range b.Columns {
		b.Columns[i] = fmt.Sprint(i)
	}
	if m.constant() {
		b.Nothing = "the mean embeddings of all " + of.what + "s are the same"
	}
	return b, "", nil
}

// wholePrompts says why the rows are not all of every prompt's: the mean of some of its tokens
// would pass for that of all.
func wholePrompts(ctx context.Context, s *data.Set, items []Item) (why string, err error) {
	rowsOf := make([]int, len(items))
	for number, r := range s.Runs {
		source, places, err := sourceOf(ctx, s, number, ofPrompts.tokens, rows.PoolNone, nil)
		if source == nil || err != nil {
			return r.Name + " has reductions, and no rows of the prompts alone", err
		}
		err = source.EachToken(ctx, func(x *rows.Sample, _ *rundir.Row) error {
			rowsOf[places[x.Index]]++
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	for i := range items {
		if rowsOf[i] < items[i].promptTokens() {
			return "not every token of the prompts has a row", nil
		}
	}
	return "", nil
}

// means are rows in memory; those without tokens are 0.
type means struct {
	x     []float32
	width int
}

// Width is that of the model.
func (m *means) Width() int { return m.width }

// Each gives the rows in blocks.
func (m *means) Each(ctx context.Context, do func(*fit.Block) error) error {
	y, fold := make([]int8, rowsAtOnce), make([]int8, rowsAtOnce)
	for x := range slices.Chunk(m.x, rowsAtOnce*m.width) {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := len(x) / m.width
		if err := do(&fit.Block{X: x, Y: y[:n], Fold: fold[:n]}); err != nil {
			return err
		}
	}
	return nil
}

func (m *means) constant() bool {
	for row := range slices.Chunk(m.x, m.width) {
		if !slices.Equal(row, m.x[:m.width]) {
			return false
		}
	}
	return true
}
