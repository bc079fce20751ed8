package decode

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"intentprobe/capture/internal/fake"
	"intentprobe/hooks"
	"intentprobe/models"
)

// fakeDecoder is a model without weights. Activations tell token, position,
// tensor and a checksum of all tokens up to there, so that a row of the wrong
// token, sample or point is seen; logits are a function of the same tokens. It
// fails the test where it is asked for what a real engine would not have.
type fakeDecoder struct {
	t          testing.TB
	opt        models.ContextOptions
	vocabulary int
	draw       func(sampler *models.Sampler, prefix []models.Token) models.Token

	before   func(n int) error // called before the n-th decode, counted from 1
	stateful bool              // a sequence cannot be taken back
	missing  string            // a tensor that the graph does not hold
	badAt    models.Token      // the logits after this token are NaN; -1 for none

	plan      *hooks.Plan
	calls     []fakeCall
	histories map[int][]*fakeCell
	rows      []*fakeRow // of the last batch
}

// fakeCell is a cell of the KV cache: a token and the last node to which its pass
// held right values. Sequences that share a beginning share its cells.
type fakeCell struct {
	token models.Token
	sound int
}

type fakeRow struct {
	prefix                []models.Token // up to and with the row's own token
	sound                 int
	output, logits, asked bool // flagged; and so the logits are there; they were asked for
}

// fakeCall is what one decode was asked for.
type fakeCall struct {
	sequences []int32
	positions []int32
	outputs   int
	extent    models.Extent
}

func newDecoder(t testing.TB, opt models.ContextOptions, vocabulary int) *fakeDecoder {
	return &fakeDecoder{
		t: t, opt: opt, vocabulary: vocabulary, badAt: -1, plan: &hooks.Plan{},
		histories: map[int][]*fakeCell{},
	}
}

func (d *fakeDecoder) Options() models.ContextOptions { return d.opt }
func (d *fakeDecoder) Clear()                         { clear(d.histories) }
func (d *fakeDecoder) RemoveSequence(s int)           { delete(d.histories, s) }

func (d *fakeDecoder) SetPlan(p *hooks.Plan) error {
	d.plan = p
	return nil
}

func (d *fakeDecoder) CopySequence(from, to int) {
	if len(d.histories[to]) > 0 || to >= d.opt.Sequences {
		d.t.Errorf("sequence %d, which has %d tokens, copied to sequence %d, which has %d", from, len(d.histories[from]), to, len(d.histories[to]))
		return
	}
	d.histories[to] = slices.Clone(d.histories[from])
}

func (d *fakeDecoder) TrimSequence(s, tokens int) bool {
	if tokens > len(d.histories[s]) {
		d.t.Errorf("sequence %d has %d tokens and is taken back to %d", s, len(d.histories[s]), tokens)
	}
	d.histories[s] = d.histories[s][:min(tokens, len(d.histories[s])):tokens]
	return !d.stateful
}

func (d *fakeDecoder) Decode(ctx context.Context, b *models.Batch, extent models.Extent, targets []models.Target) error {
	d.checkAsked()
	d.rows = nil
	d.calls = append(d.calls, fakeCall{sequences: slices.Clone(b.Sequences), positions: slices.Clone(b.Positions), extent: extent})
	if d.before != nil {
		if err := d.before(len(d.calls)); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.Len() == 0 || b.Len() > d.opt.MicroBatch || len(targets) != b.Len() {
		return fmt.Errorf("%d tokens, %d targets in a micro-batch of %d", b.Len(), len(targets), d.opt.MicroBatch)
	}
	for i, token := range b.Tokens {
		if err := d.take(token, b, i, extent); err != nil {
			return err
		}
	}
	if n := d.cells(); n > d.opt.Tokens {
		return fmt.Errorf("%d cells in a cache of %d", n, d.opt.Tokens)
	}
	if extent.Forget {
		for i := range b.Tokens {
			seq := int(b.Sequences[i])
			d.histories[seq] = d.histories[seq][:min(len(d.histories[seq]), int(b.Positions[i]))]
		}
	}
	return d.fill(extent, targets)
}

// take lets a token follow its sequence. Where keys are missing that it attends
// to, what its pass computes behind them is not sound.
func (d *fakeDecoder) take(token models.Token, b *models.Batch, i int, extent models.Extent) error {
	seq, position := int(b.Sequences[i]), int(b.Positions[i])
	history := d.histories[seq]
	if position != len(history) || seq < 0 || seq >= d.opt.Sequences {
		return fmt.Errorf("position %d of sequence %d follows %d tokens", position, seq, len(history))
	}
	row := &fakeRow{sound: fake.Whole, output: b.Output[i] != 0, logits: b.Output[i] != 0 && !extent.Stop}
	if extent.Stop {
		row.sound = extent.Node
	}
	for _, cell := range history {
		row.prefix = append(row.prefix, cell.token)
		for _, write := range fake.Writes {
			if cell.sound < write {
				row.sound = min(row.sound, write)
			}
		}
	}
	row.prefix = append(row.prefix, token)
	if row.output {
		d.calls[len(d.calls)-1].outputs++
	}
	d.histories[seq] = append(history, &fakeCell{token, row.sound})
	d.rows = append(d.rows, row)
	return nil
}

func (d *fakeDecoder) cells() int {
	seen := map[*fakeCell]bool{}
	for _, history := range d.histories {
		for _, cell := range history {
			seen[cell] = true
		}
	}
	return len(seen)
}
