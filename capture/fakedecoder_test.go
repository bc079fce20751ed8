package capture

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"

	"intentprobe/hooks"
	"intentprobe/models"
)

// fakeDecoder is a model without weights. Activations tell token, position,
// tensor and a checksum of all tokens up to there, so that a row of the wrong
// token, sample or point is seen; logits are a function of the same tokens.
type fakeDecoder struct {
	t      testing.TB
	opt    models.ContextOptions
	facts  models.Facts
	script map[string][]models.Token // what is drawn, by the tokens of the prompt

	before  func(n int) error // called before the n-th decode, counted from 1
	missing []string          // tensors that the graph does not hold
	broken  string            // a tensor that holds NaN
	badAt   models.Token      // the logits after this token are NaN; -1 for none

	plan    *hooks.Plan
	decodes int
	history map[int32][]models.Token
	rows    []fakeRow
	views   [][]float32 // by tensor, of the last batch
}

type fakeRow struct {
	prefix []models.Token // up to and with the row's own token
	output bool
}

func newDecoder(t testing.TB, opt models.ContextOptions, facts models.Facts) *fakeDecoder {
	return &fakeDecoder{t: t, opt: opt, facts: facts, badAt: -1, script: map[string][]models.Token{}, history: map[int32][]models.Token{}, plan: &hooks.Plan{}}
}

func checksumOf(tokens []models.Token, salt string) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, salt, tokens)
	return h.Sum64()
}

// activation is what a tensor holds for the last of these tokens.
func activation(tensor string, prefix []models.Token, width int) []float32 {
	out := make([]float32, width)
	for j := range out {
		out[j] = float32(checksumOf(prefix, tensor)%(1<<20)) + float32(j)
	}
	out[0], out[1] = float32(prefix[len(prefix)-1]), float32(len(prefix)-1)
	return out
}

// scoreOf gives the log-probability of next after a prefix and the entropy there.
func scoreOf(prefix []models.Token, next models.Token, vocabulary int) (logprob, entropy float32) {
	var sum, weighted float64
	state := checksumOf(prefix, "logits")
	logit := func(t int) float64 { return float64(state>>(t%50)%997) / 100 }
	for t := range vocabulary {
		e := math.Exp(logit(t))
		sum, weighted = sum+e, weighted+e*logit(t)
	}
	entropy = float32(math.Log(sum) - weighted/sum)
	if next >= 0 {
		logprob = float32(logit(int(next)) - math.Log(sum))
	}
	return logprob, entropy
}

func (d *fakeDecoder) Options() models.ContextOptions { return d.opt }
func (d *fakeDecoder) Clear()                         { clear(d.history) }

func (d *fakeDecoder) SetPlan(p *hooks.Plan) error {
	d.plan = p
	return nil
}

func (d *fakeDecoder) Decode(ctx context.Context, b *models.Batch) error {
	for _, view := range d.views { // old views are no longer valid
		for i := range view {
			view[i] = nan
		}
	}
	d.rows, d.views = nil, nil
	d.decodes++
	if d.before != nil {
		if err := d.before(d.decodes); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, tensor := range d.plan.Tensors {
		if slices.Contains(d.missing, tensor) {
			return &models.MissingTensorError{Tensor: tensor}
		}
	}
	if b.Len() == 0 || b.Len() > d.opt.MicroBatch {
		return fmt.Errorf("%d tokens in a micro-batch of %d", b.Len(), d.opt.MicroBatch)
	}
	for i, token := range b.Tokens {
		seq := b.Sequences[i]
		if int(b.Positions[i]) != len(d.history[seq]) || int(seq) >= d.opt.Sequences {
			return fmt.Errorf("position %d of sequence %d follows %d tokens", b.Positions[i], seq, len(d.history[seq]))
		}
		d.history[seq] = append(d.history[seq], token)
		d.rows = append(d.rows, fakeRow{slices.Clone(d.history[seq]), b.Output[i] != 0})
	}
	d.fill()
	return nil
}

// fill makes the activations. Like llama.cpp, the end of the last block and the
// final norm are there for output tokens alone.
func (d *fakeDecoder) fill() {
	for _, tensor := range d.plan.Tensors {
		late := tensor == "result_norm" || tensor == fmt.Sprintf("l_out-%d", d.facts.Layers-1)
		var view []float32
		for _, row := range d.rows {
			v := activation(tensor, row.prefix, d.plan.Width)
			if late && !row.output || tensor == d.broken {
				v[2] = nan
			}
			view = append(view, v...)
		}
		d.views = append(d.views, view)
	}
}

func (d *fakeDecoder) Activations(point, tokens int) []float32 {
	if tokens != len(d.rows) {
		d.t.Errorf("activations of %d tokens after a batch of %d", tokens, len(d.rows))
	}
	return d.views[d.plan.Source[point]]
}

func (d *fakeDecoder) Score(row int, next models.Token) (logprob, entropy float32, err error) {
	if !d.rows[row].output {
		return 0, 0, fmt.Errorf("row %d has no logits", row)
	}
	prefix := d.rows[row].prefix
	if prefix[len(prefix)-1] == d.badAt {
		return nan, nan, nil
	}
	logprob, entropy = scoreOf(prefix, next, d.facts.Vocabulary)
	return logprob, entropy, nil
}

func (d *fakeDecoder) Sample(s *models.Sampler, row int) models.Token {
	if s == nil || !d.rows[row].output {
		d.t.Errorf("row %d: drawn without a sampler or without logits", row)
		return 0
	}
	key := tokenKey(d.rows[row].prefix)
	for prompt, response := range d.script {
		rest, ok := strings.CutPrefix(key, prompt)
		if n := strings.Count(rest, ","); ok && n < len(response) {
			return response[n]
		}
	}
	d.t.Errorf("nothing is written for what follows %s", key)
	return 0
}

// tokenKey writes tokens so that the prefix of a text is the prefix of a list.
func tokenKey(tokens []models.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		fmt.Fprintf(&b, "%d,", t)
	}
	return b.String()
}

var errEngine = errors.New("the engine is on fire")
