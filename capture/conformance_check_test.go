package capture

import (
	"fmt"
	"math"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/plan"
	"intentprobe/hooks"
	"intentprobe/storage/rundir"
)

// sample compares the rows, the response and the alternatives of a sample.
func (c *conformance) sample(p *plan.Prepared, s rundir.Sample, got *rundir.Activations, x *text, texts map[int64]*text) {
	text, want := x.tokens, c.alone.read(c.T, x, soloTokens, 0)
	d := &deviations{of: fmt.Sprintf("sample %d (%s), %d tokens from position %d", s.SampleID, s.PromptID, len(text)-int(s.FirstPosition), s.FirstPosition)}
	c.longest, c.tried["rows"] = max(c.longest, len(text)), c.tried["rows"]+len(got.Rows)
	for i, row := range got.Rows {
		at := int(row.Position)
		for k := range p.Points {
			width := p.Points[k].Width()
			d.row(distance(got.Values[k][i*width:(i+1)*width], want.values[k][at]), p.Points[k].Point, at)
		}
		d.nats(float64(row.Logprob), want.logprob[at], "log-probability", at)
		d.nats(float64(row.Entropy), want.entropy[at], "entropy", at)
	}
	if s.Logprob != nil {
		sum := 0.0
		answered := len(text) - int(s.StopTokens)
		for _, x := range want.logprob[answered-int(s.ResponseTokens) : answered] {
			sum += x
		}
		d.nats((*s.Logprob-sum)/float64(s.ResponseTokens), 0, "log-probability of the response, a token", len(text)-1)
	}
	c.divergence(d, s, x, want)
	c.judge(d, x, want)
	c.alternatives(p, s, x, texts)
}

// alternatives compares each option with the text that ends with it.
func (c *conformance) alternatives(p *plan.Prepared, s rundir.Sample, x *text, texts map[int64]*text) {
	j := &p.Jobs[s.SampleID]
	n, text := 0, x.tokens
	for _, a := range j.Prompt.Alternatives {
		at := a.At - len(j.Tokens()) + int(s.PromptTokens) // a follow-up may begin with its parent's last
		if a.At < 0 {
			at = int(s.PromptTokens+s.ResponseTokens) - 1
			if s.ResponseTokens > 0 && c.model.EndsGeneration(text[int(s.FirstPosition)+at]) {
				at--
			}
		}
		before := text[:int(s.FirstPosition)+at+1]
		for _, o := range a.Options {
			whole := c.withOption(p, j, s, x, at+1, o.Tokens, texts)
			want := c.options[whole.key(armName(j))] // samples of a prompt ask behind the same texts
			if want == nil {
				want = c.alone.read(c.T, whole, soloTokens, 0)
				c.options[whole.key(armName(j))] = want
			}
			sum := 0.0
			for _, x := range want.logprob[len(before):] {
				sum += x
			}
			d := &deviations{of: fmt.Sprintf("sample %d (%s)", s.SampleID, s.PromptID)}
			d.nats((s.AlternativeLogprobs[n]-sum)/float64(len(o.Tokens)), 0, fmt.Sprintf("%q, a token", s.Alternatives[n]), len(before)-1)
			c.judge(d, whole, want)
			if len(o.Tokens) > 1 {
				c.tried["alternatives"]++
			}
			n++
		}
	}
}

// deviations are the largest of a sample.
type deviations struct {
	of             string
	rows, logprobs float64
	atRow, atL     string
}

func (d *deviations) row(off float64, point hooks.Point, at int) {
	if !(off <= d.rows) { // NaN too
		d.rows, d.atRow = off, fmt.Sprintf("%s at %d", point, at)
	}
}

// nats notes a log-probability or an entropy, if it is there.
func (d *deviations) nats(got, want float64, what string, at int) {
	if off := math.Abs(got - want); !math.IsNaN(got) && !(off <= d.logprobs) {
		d.logprobs, d.atL = off, fmt.Sprintf("%s at %d", what, at)
	}
}

// What float32 may be off by without a word: sums of a few hundred terms in another
// order. Beyond it a text is read in other ways, to see how far these lie apart.
const (
	roundedRow  = 1e-5
	roundedNats = 1e-4
	swings      = 8 // times as far as it was seen to sway in a few readings
)

// judge refuses what deviates by more than a text read alone deviates from itself.
func (c *conformance) judge(d *deviations, x *text, want *reading) {
	c.worstRow, c.worstNats = max(c.worstRow, d.rows), max(c.worstNats, d.logprobs)
	if d.rows <= roundedRow && d.logprobs <= roundedNats {
		return
	}
	if d.rows <= swings*c.swayRow && d.logprobs <= swings*c.swayNats {
		return
	}
	row, nats := c.alone.sway(c.T, x, want, fewWays)
	if d.rows > max(roundedRow, swings*row) || d.logprobs > max(roundedNats, swings*nats) {
		moreRow, moreNats := c.alone.sway(c.T, x, want, manyWays)
		row, nats = max(row, moreRow), max(nats, moreNats)
		c.Logf("%s: read in more ways: row %.1e off, sways by %.1e; log-probability %.1e off, sways by %.1e", d.of, d.rows, row, d.logprobs, nats)
	}
	assert.LessOrEqual(c, d.rows, max(roundedRow, swings*row), "%s: %s", d.of, d.atRow)
	assert.LessOrEqual(c, d.logprobs, max(roundedNats, swings*nats), "%s: %s", d.of, d.atL)
	if row < 1e-2 { // not where this text alone sways, since it chooses another expert
		c.swayRow, c.swayNats = max(c.swayRow, row), max(c.swayNats, nats)
	}
}
