package capture

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/arm"
	"intentprobe/capture/plan"
	"intentprobe/capture/selection"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// place is where a token stands in its sample.
type place struct {
	i, prompt, position int
	claim               bool // in the span of this name
}

// editedTokens are expressions, and what they select in other words.
var editedTokens = map[string]func(place) bool{
	"prompt[-1]":                func(p place) bool { return p.i == p.prompt-1 },
	"prompt[-3:]":               func(p place) bool { return p.i >= p.prompt-3 && p.i < p.prompt },
	"prompt[2:5]":               func(p place) bool { return p.i >= 2 && p.i < 5 && p.i < p.prompt },
	"response":                  func(p place) bool { return p.i >= p.prompt },
	"prompt[-1] | response":     func(p place) bool { return p.i >= p.prompt-1 },
	"all":                       func(place) bool { return true },
	"first_generated":           func(p place) bool { return p.i == p.prompt },
	"prompt[1] | response[1:3]": func(p place) bool { return p.i == 1 && p.i < p.prompt || p.i >= p.prompt+1 && p.i < p.prompt+3 },
	"prompt & every:3":          func(p place) bool { return p.i < p.prompt && p.position%3 == 0 },
	"prompt[-2:] | response[0]": func(p place) bool { return p.i >= p.prompt-2 && p.i <= p.prompt },
	"span:claim | response[0]":  func(p place) bool { return p.claim || p.i == p.prompt },
}

// drawArms draws arms with edits of every kind at points of the model.
func (c *conformance) drawArms() *arm.Set {
	var points []hooks.Located
	for _, l := range c.offer.Points {
		if l.Site != hooks.Logits && l.Site != hooks.Pattern {
			points = append(points, l)
		}
	}
	expressions := slices.Sorted(maps.Keys(editedTokens))
	set := &arm.Set{Arms: []arm.Arm{{Name: "none", Kind: arm.None}}}
	part := func(name string) arm.Part {
		tokens, err := selection.Parse(expressions[c.draw.IntN(len(expressions))])
		require.NoError(c, err)
		out := arm.Part{Name: name, Tokens: tokens, Followups: c.draw.IntN(2) == 0, Do: "add"}
		swaps := c.draw.IntN(3) == 0
		if name == "b" { // its points come after the score's
			probe := c.offer.Points[0]
			out.When = &arm.When{Score: len(set.Edits)}
			set.Edits = append(set.Edits, hooks.Edit{Located: probe, Name: name, Op: hooks.EditScore, Floats: probe.Width(), Vector: direction(probe.Width(), c.draw.Uint64()), Bias: []float32{0}})
		}
		if swaps {
			out.Swap, out.Followups = &arm.Swap{Pair: true, Align: "from_end"}, false
			for _, words := range []string{"prompt[-1]", "prompt[-2:] | response[0]"} {
				if c.draw.IntN(2) == 0 || out.Tokens.String() != words {
					out.Tokens, err = selection.Parse(words)
					require.NoError(c, err)
				}
			}
		}
		for range c.draw.between(1, 2) {
			at := points[c.draw.IntN(len(points))]
			e := c.drawEdit(at, name, swaps)
			if swaps {
				keep := e
				keep.Op, keep.Vector, keep.Rank = hooks.EditKeep, nil, 0
				out.Swap.Keeps = append(out.Swap.Keeps, len(set.Edits))
				set.Edits = append(set.Edits, keep)
			}
			out.Edits = append(out.Edits, len(set.Edits))
			set.Edits = append(set.Edits, e)
		}
		return out
	}
	a, b := part("a"), part("b")
	set.Arms = append(set.Arms, arm.Arm{Name: "a", Kind: arm.Edit, Parts: []arm.Part{a}}, arm.Arm{Name: "b", Kind: arm.Edit, Parts: []arm.Part{b}})
	if a.Swap == nil && b.Swap == nil {
		set.Arms = append(set.Arms, arm.Arm{Name: "both", Kind: arm.Edit, Parts: []arm.Part{a, b}})
	}
	return set
}

// drawEdit draws an edit of a point's whole row.
func (c *conformance) drawEdit(at hooks.Located, name string, swap bool) hooks.Edit {
	n := at.Width()
	unit := direction(n, c.draw.Uint64())
	e := hooks.Edit{Located: at, Name: name, Floats: n}
	switch k := c.draw.IntN(4); {
	case swap && k < 2:
		e.Op = hooks.EditSwap
	case swap:
		e.Op, e.Rank, e.Vector = hooks.EditSwap, 1, unit
	case k == 0:
		e.Op, e.Vector, e.Factor, e.Relative = hooks.EditAdd, unit, 0.3, true
	case k == 1:
		e.Op, e.Rank, e.Vector, e.Factor = hooks.EditProject, 1, unit, 3
	case k == 2:
		e.Op, e.Vector, e.Low, e.High, e.Relative = hooks.EditClamp, unit, 0.2, 0.2, true
	default:
		e.Op, e.Vector, e.Factor = hooks.EditAdd, unit, 0.1
	}
	return e
}

func (c *conformance) planEdits() []hooks.Edit {
	if c.arms == nil {
		return nil
	}
	return c.arms.Edits
}

func armName(j *plan.Job) string {
	if j.Arm == nil {
		return ""
	}
	return j.Arm.Name
}

// before gives the edits of the first tokens.
func before(edits map[int][]models.Application, tokens int) map[int][]models.Application {
	out := map[int][]models.Application{}
	for at, e := range edits {
		if at < tokens {
			out[at] = e
		}
	}
	return out
}

// edit says what of a text is edited, and checks what the files say of it.
func (c *conformance) edit(p *plan.Prepared, s rundir.Sample, x *text, texts map[int64]*text, rows *rundir.Activations) {
	j := &p.Jobs[s.SampleID]
	if j.Arm == nil {
		return
	}
	require.NotNil(c, s.Arm, "sample %d, %s", s.SampleID, s.PromptID)
	require.Equal(c, j.Arm.Name, *s.Arm)
	if x.edits == nil {
		x.edits = map[int][]models.Application{}
	}
	first, own := int(s.FirstPosition), len(x.tokens)-int(s.FirstPosition)
	names := make([][]string, own)
	scores := make([][]float32, own)
	for n := range j.Arm.Parts {
		part := &j.Arm.Parts[n]
		for i := range own {
			at := place{i: i, prompt: int(s.PromptTokens), position: first + i, claim: c.claims(p, j, s, i)}
			if j.Followup != nil && !part.Followups || !editedTokens[part.Tokens.String()](at) {
				continue
			}
			done, score := c.apply(p, s, x, part, first+i, i, texts)
			if score != nil {
				scores[i] = score
			}
			if done {
				names[i] = append(names[i], part.Name)
			}
		}
	}
	c.alone.read(c.T, x, soloTokens, 0) // fills in the scores
	for i := range names {
		if scores[i] != nil && !(scores[i][0] > 0) {
			names[i] = slices.DeleteFunc(names[i], func(name string) bool { return name == "b" })
		}
	}
	edited := 0
	for i := range names {
		if len(names[i]) > 0 {
			edited++
		}
	}
	for _, row := range rows.Rows {
		at := int(row.Position) - first
		assert.Equal(c, emptyAsNil(names[at]), emptyAsNil(row.Edited), "sample %d, arm %s, position %d", s.SampleID, *s.Arm, row.Position)
		if require.Equal(c, scores[at] != nil, len(row.Scores) > 0); scores[at] != nil {
			assert.InDelta(c, scores[at][0], row.Scores[0], 1e-3*(1+math.Abs(row.Scores[0])))
			c.tried["scores"]++
		}
	}
	assert.LessOrEqual(c, int(s.EditedTokens), edited)
	if len(rows.Rows) == own {
		assert.Equal(c, edited, int(s.EditedTokens), "sample %d, arm %s", s.SampleID, *s.Arm)
	}
	assert.Equal(c, s.EditedTokens > 0, s.EditNorm != nil)
	c.tried["edited tokens"] += edited
}

func emptyAsNil(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return names
}

// claims says whether a token of a prompt lies in the span.
func (c *conformance) claims(p *plan.Prepared, j *plan.Job, s rundir.Sample, i int) bool {
	skipped := len(j.Tokens()) - int(s.PromptTokens)
	return i < int(s.PromptTokens) && slices.Contains(p.SpanSets.Names[j.Prompt.Marks[skipped+i].Spans], "claim")
}

// apply adds the edits of a part to a token of a text; false where a swap has nothing to
// swap with. The score of a condition is there once the text is read.
func (c *conformance) apply(p *plan.Prepared, s rundir.Sample, x *text, part *arm.Part, at, i int, texts map[int64]*text) (done bool, score []float32) {
	var out []models.Application
	if part.When != nil {
		score = make([]float32, 1)
		x.edits[at] = append(x.edits[at], models.Application{Edit: part.When.Score, Out: score})
	}
	for k, e := range part.Edits {
		a := models.Application{Edit: e, When: score}
		if part.Swap != nil {
			a.Other = c.other(p, s, part.Swap.Keeps[k], i, texts)
			if a.Other == nil {
				return false, score
			}
		}
		out = append(out, a)
	}
	x.edits[at] = append(x.edits[at], out...)
	return true, score
}

// other reads the row that a token of a sample is swapped with: of the other half of its
// pair in the arm none, counted from the ends of the prompts.
func (c *conformance) other(p *plan.Prepared, s rundir.Sample, keep, i int, texts map[int64]*text) []float32 {
	for id := range p.Jobs {
		j, of := &p.Jobs[id], p.Jobs[s.SampleID].Row
		if j.Followup != nil || j.Arm.Kind != arm.None || j.Row.ID == of.ID || *j.Row.Pair != *of.Pair || j.Sample != p.Jobs[s.SampleID].Sample && len(j.ResponseTokens) == 0 {
			continue
		}
		source := texts[int64(id)]
		require.NotNil(c, source, "sources come first")
		at := i - int(s.PromptTokens) + len(j.Tokens())
		if at >= len(source.tokens) {
			return nil
		}
		key := fmt.Sprint(keep, source.tokens)
		if c.kept[key] == nil {
			x := &text{tokens: source.tokens, edits: map[int][]models.Application{}}
			for token := range source.tokens {
				row := make([]float32, c.arms.Edits[keep].Floats)
				x.edits[token] = []models.Application{{Edit: keep, Out: row}}
				c.kept[key] = append(c.kept[key], row)
			}
			c.alone.read(c.T, x, soloTokens, 0)
		}
		return c.kept[key][at]
	}
	require.Fail(c, "no source")
	return nil
}

// withOption gives the first tokens of a sample, and an option that follows them as its
// response, or as more of it.
func (c *conformance) withOption(p *plan.Prepared, j *plan.Job, s rundir.Sample, x *text, own int, option []models.Token, texts map[int64]*text) *text {
	first := int(s.FirstPosition)
	out := &text{tokens: slices.Concat(x.tokens[:first+own], option), edits: before(x.edits, first+own)}
	if j.Arm == nil {
		return out
	}
	for n := range j.Arm.Parts {
		part := &j.Arm.Parts[n]
		for k := range option {
			at := place{i: own + k, prompt: min(own, int(s.PromptTokens)), position: first + own + k}
			if (j.Followup == nil || part.Followups) && editedTokens[part.Tokens.String()](at) {
				response := int(s.PromptTokens) + own + k - min(own, int(s.PromptTokens)) // as which the option is read
				c.apply(p, s, out, part, first+own+k, response, texts)
			}
		}
	}
	return out
}

// divergence compares kl with that of the distributions that the texts give.
func (c *conformance) divergence(d *deviations, s rundir.Sample, x *text, want *reading) {
	if s.KL == nil {
		return
	}
	at := int(s.PromptTokens) - 1
	if first := slices.Min(slices.Collect(maps.Keys(x.edits))); first > at {
		at = first
	}
	plain := c.alone.read(c.T, &text{tokens: x.tokens}, soloTokens, 0)
	logsum := func(x []float32) float64 {
		sum := 0.0
		for _, v := range x {
			sum += math.Exp(float64(v) - float64(x[0]))
		}
		return math.Log(sum) + float64(x[0])
	}
	p, q, kl := logsum(plain.logits[at]), logsum(want.logits[at]), 0.0
	for i, v := range plain.logits[at] {
		lp := float64(v) - p
		kl += math.Exp(lp) * (lp - float64(want.logits[at][i]) + q)
	}
	d.nats(*s.KL, kl, "kl", at)
	c.tried["divergences"]++
}

// TestArmsConform decodes random specs with random interventions on tiny models: whatever
// the order, rows, log-probabilities and divergences are those of each sample's own tokens,
// read alone with the edits that its arm asks for.
func TestArmsConform(t *testing.T) {
	tried := map[string]int{}
	for i, path := range tinyModels(t) {
		if testing.Short() && i%16 != 1 {
			continue
		}
		t.Run(tinyName(path), func(t *testing.T) {
			model, err := models.Load(t.Context(), path, models.LoadOptions{})
			require.NoError(t, err)
			defer model.Close()
			c := newConformance(t, path, model, soloTokens)
			for n := range 2 * *conformanceSpecs {
				if testing.Short() && n%2 != i/16%2 {
					continue // sampled responses or given ones
				}
				c.arms = c.drawArms()
				spec := c.draw.draw(n)
				c.pair(&spec)
				samples := c.runSpec(spec, []int{32, 48, 128, 512}[c.draw.IntN(4)])
				if stop := stopIn(samples); n == 0 && stop != "" {
					spec.Generate.Stop = []string{stop}
					for _, s := range c.runSpec(spec, 48) {
						if s.StopTokens > 1 {
							c.tried["stop texts"]++
						}
					}
				}
			}
			for what, n := range c.tried {
				tried[what] += n
			}
			t.Logf("seed %d: %v, rows within %.1e, log-probabilities within %.1e", *conformanceSeed, c.tried, c.worstRow, c.worstNats)
		})
	}
	for _, order := range append([]string{"edited tokens", "divergences", "scores", "stop texts"}, orders...) {
		assert.Positive(t, tried[order], order)
	}
	t.Log(fmt.Sprint(tried))
}

// pair gives the rows of a spec pairs, as many as there are whole ones.
func (c *conformance) pair(s *Spec) {
	rows := s.Prompts.Rows[:len(s.Prompts.Rows)/2*2]
	for i := range rows {
		rows[i] = append(append([]byte{}, rows[i][:len(rows[i])-1]...), fmt.Sprintf(`,"pair":"p%d"}`, i/2)...)
	}
	s.Prompts.Rows = rows
	s.Pairs.Allow = true
}
