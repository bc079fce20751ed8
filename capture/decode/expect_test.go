package decode

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/fake"
	"intentprobe/capture/plan"
	"intentprobe/capture/prompt"
	"intentprobe/capture/selection"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// What a run must come to, worked out from the design, not from the loop.

// drawn gives the token that follows a response so far: that of the script or,
// where there is none, one by chance, the end of the turn every fifth time.
func (tr *trial) drawn(j *plan.Job, response []models.Token) models.Token {
	if script, ok := tr.script[j.ID()]; ok {
		return tr.tok.ID(script[len(response)])
	}
	dice := fake.Checksum(response, j.ID()+string(rune('0'+j.Sample)))
	if dice%5 == 0 {
		return tr.tok.ID("<|im_end|>")
	}
	words := []string{" Yes", " No", " may", "be", ".", "END", "ST", "OP", "\xe6", "\x97", "\xa5", "<think>", "</", "think>", "<thi", "nk>"}
	return tr.tok.ID(words[dice/5%uint64(len(words))])
}

// response gives the tokens that a job must have come to, and why it ended.
func (tr *trial) response(j *plan.Job) (tokens []models.Token, finish string) {
	if j.ResponseGiven() {
		return j.ResponseTokens, "given"
	}
	for len(tokens) < j.Draws.MaxTokens {
		t := tr.drawn(j, tokens)
		tokens = append(tokens, t)
		if tr.tok.EndsGeneration(t) || tr.cut(tokens) >= 0 {
			return tokens, "stop"
		}
	}
	return tokens, "length"
}

// cut is the byte of sampled tokens at which the first stop text begins, negative for
// none.
func (tr *trial) cut(tokens []models.Token) int {
	text, cut := "", -1
	for _, t := range tokens {
		if !tr.tok.EndsGeneration(t) {
			text += string(tr.tok.Piece(t, true))
		}
	}
	for _, stop := range tr.spec.Generate.Stop {
		if at := strings.Index(text, stop); at >= 0 && (cut < 0 || at < cut) {
			cut = at
		}
	}
	return cut
}

// expected is what a sample must come to.
type expected struct {
	job              *plan.Job
	parent           int            // -1 for none
	before           []models.Token // tokens of the parent up to the end of its response
	prompt, response []models.Token
	stop             []models.Token // behind the response
	marks            []prompt.Mark  // of all three
}

// answered are the tokens up to the end of the response.
func (x *expected) answered() []models.Token { return slices.Concat(x.before, x.prompt, x.response) }

func (x *expected) all() []models.Token { return slices.Concat(x.answered(), x.stop) }

func (tr *trial) expected(i int) *expected {
	x := &expected{job: &tr.prepared.Jobs[i], parent: -1}
	skip := 0
	if x.job.Followup != nil {
		for x.parent = i; tr.prepared.Jobs[x.parent].Followup != nil; x.parent-- {
		}
		x.before = tr.expected(x.parent).answered()
		if x.before[len(x.before)-1] == x.job.Tokens()[0] {
			skip = 1
		}
	}
	x.prompt = x.job.Tokens()[skip:]
	x.response, _ = tr.response(x.job)
	x.marks = slices.Clone(x.job.Prompt.Marks[skip:])
	text, open := "", x.job.Prompt.EndsInReasoning()
	var lies [][2]int // bytes from and to
	for _, t := range x.response {
		lies = append(lies, [2]int{len(text), len(text) + len(tr.tok.Piece(t, true))})
		text += string(tr.tok.Piece(t, true))
	}
	cut := len(text)
	if at := tr.cut(x.response); !x.job.ResponseGiven() && at >= 0 {
		cut = at
	}
	for n := range lies {
		m := prompt.Mark{Role: spec.RoleCode("assistant"), Turn: x.job.Prompt.Answer}
		if m.Stop = lies[n][0] >= cut && cut < len(text); m.Stop {
			x.stop = append(x.stop, x.response[n])
			x.marks = append(x.marks, m)
			continue
		}
		for at := lies[n][0]; at < lies[n][1]; at++ {
			m.Reasoning = m.Reasoning || tr.reasons(text, at, open)
		}
		x.marks = append(x.marks, m)
	}
	x.response = x.response[:len(x.response)-len(x.stop)]
	return x
}

// reasons says whether a byte of a response lies between an opening tag and the next
// closing one, both included.
func (tr *trial) reasons(text string, at int, open bool) bool {
	words := strings.Fields(tr.spec.Chat.Reasoning)
	if len(words) != 2 {
		return false
	}
	for from := 0; ; {
		begin := from
		if !open {
			i := strings.Index(text[from:], words[0])
			if i < 0 {
				return false
			}
			begin, from = from+i, from+i+len(words[0])
		}
		i := strings.Index(text[from:], words[1])
		if i < 0 {
			return at >= begin
		}
		from += i + len(words[1])
		if at >= begin && at < from {
			return true
		}
		open = false
	}
}

// wantRows gives the rows that a sample must have, and the tokens up to each.
func (tr *trial) wantRows(t testing.TB, x *expected) (out []rundir.Row, prefixes [][]models.Token) {
	all := x.all()
	sel, err := selection.Parse(tr.spec.Capture.Tokens)
	require.NoError(t, err)
	if x.job.Followup != nil {
		sel, err = selection.Parse("all")
		require.NoError(t, err)
	}
	d := sel.Start()
	for i, m := range x.marks {
		response := i >= len(x.prompt)
		d.Push(&selection.Token{
			Position: len(x.before) + i, Response: response, First: i == len(x.prompt), Ends: response && tr.tok.EndsGeneration(all[len(x.before)+i]), Stop: m.Stop,
			Role: rundir.Roles[m.Role], Prefill: m.Prefill, Reasoning: m.Reasoning, Spans: tr.prepared.SpanSets.Names[m.Spans],
		})
	}
	d.End()
	for i, m := range x.marks {
		at := len(x.before) + i
		row := rundir.Row{
			Position: int32(at), TokenID: all[at], Token: prompt.TokenText(tr.tok, all[at]), Logprob: nan, Entropy: nan,
			Role: m.Role, Turn: m.Turn, Reasoning: m.Reasoning, Stop: m.Stop, Spans: tr.prepared.SpanSets.Names[m.Spans],
		}
		asked := tr.spec.Capture.Logprobs == "all"
		if i >= len(x.prompt) {
			row.Phase, row.Generated = phaseResponse, !x.job.ResponseGiven()
			asked = tr.spec.Capture.Logprobs != "none"
		}
		if x.parent >= 0 {
			row.Phase = phaseFollowup
		}
		if asked {
			_, row.Entropy = fake.Score(all[:at+1], -1, len(tr.tok.Pieces))
			if i > 0 {
				row.Logprob, _ = fake.Score(all[:at], all[at], len(tr.tok.Pieces))
			}
		}
		if selected, _ := d.Next(); selected {
			out, prefixes = append(out, row), append(prefixes, all[:at+1])
		}
	}
	return out, prefixes
}

// wantValues gives what the columns must hold of a row.
func (tr *trial) wantValues(prefix []models.Token) (out [][]float32) {
	for _, l := range tr.prepared.Points {
		if l.Site == hooks.Logits {
			values, tokens := fake.Top(prefix, len(tr.tok.Pieces), tr.spec.Capture.TopLogits)
			out = append(out, values, tokens)
			continue
		}
		if l.Site == hooks.Pattern {
			l.Shape = []int{l.Shape[0], tr.prepared.Context}
		}
		out = append(out, fake.Activation(l, prefix))
	}
	return out
}

// wantLogprob sums the log-probabilities of tokens behind others.
func (tr *trial) wantLogprob(before, tokens []models.Token) (sum float64) {
	for i, token := range tokens {
		lp, _ := fake.Score(slices.Concat(before, tokens[:i]), token, len(tr.tok.Pieces))
		sum += float64(lp)
	}
	return sum
}

// wantAnswers gives the alternatives of a sample and their log-probabilities.
func (tr *trial) wantAnswers(x *expected) (names []string, logprobs []float64) {
	for _, a := range x.job.Prompt.Alternatives {
		before := slices.Concat(x.before, x.prompt)
		if a.At < 0 {
			before = x.answered()
			if tr.tok.EndsGeneration(before[len(before)-1]) {
				before = before[:len(before)-1]
			}
		} else if x.parent < 0 {
			before = before[:a.At+1]
		}
		names = append(names, a.Names()...)
		for _, o := range a.Options {
			logprobs = append(logprobs, tr.wantLogprob(before, o.Tokens))
		}
	}
	return names, logprobs
}

// sameFloat compares two values of which NaN stands for null.
func sameFloat(t testing.TB, what string, want, got float32) {
	t.Helper()
	if math.IsNaN(float64(want)) || math.IsNaN(float64(got)) {
		assert.Equal(t, math.IsNaN(float64(want)), math.IsNaN(float64(got)), "%s: want %v, got %v", what, want, got)
		return
	}
	assert.Equal(t, want, got, what)
}

// checkRows compares every row of a run with what the design asks for.
func (tr *trial) checkRows(t testing.TB, samples []rundir.Sample, all []*rundir.Activations) {
	t.Helper()
	require.Len(t, samples, len(tr.prepared.Jobs))
	for i := range samples {
		x := tr.expected(i)
		require.Equal(t, x.job.ID(), samples[i].PromptID)
		want, prefixes := tr.wantRows(t, x)
		tr.checkSample(t, x, samples[i], len(want))
		got := all[i]
		if !tr.spec.Capture.Rows {
			want = nil
		}
		require.Len(t, got.Rows, len(want), "rows of %q", x.job.ID())
		for n, row := range got.Rows {
			sameFloat(t, "logprob", want[n].Logprob, row.Logprob)
			sameFloat(t, "entropy", want[n].Entropy, row.Entropy)
			row.Logprob, row.Entropy, want[n].Logprob, want[n].Entropy = 0, 0, 0, 0
			require.Equal(t, want[n], row, "row %d of %q", n, x.job.ID())
			for c, values := range tr.wantValues(prefixes[n]) {
				w := len(values)
				require.Equal(t, values, got.Values[c][w*n:w*n+w], "column %d of row %d of %q", c, n, x.job.ID())
			}
		}
	}
}

// checkSample compares a row of the samples table.
func (tr *trial) checkSample(t testing.TB, x *expected, s rundir.Sample, rows int) {
	t.Helper()
	job := x.job
	_, finish := tr.response(job)
	text := prompt.JoinPieces(tr.tok, slices.DeleteFunc(slices.Concat(x.response, x.stop), tr.tok.EndsGeneration), tr.cut(slices.Concat(x.response, x.stop)))
	if job.ResponseGiven() {
		text = *job.Response
	}
	var reduced *int32
	if n := int32(rows); len(tr.spec.Capture.Reduce) > 0 {
		reduced = &n
	}
	if !tr.spec.Capture.Rows {
		rows = 0
	}
	want := rundir.Sample{
		ReducedTokens: reduced,
		SampleID:      s.SampleID, PromptID: job.ID(), Sample: int32(job.Sample), Prompt: job.Text(), Response: text, FinishReason: finish,
		Label: job.Row.Label, Group: job.Row.Group, Split: job.Row.Split, Pair: job.Row.Pair, Meta: job.Row.Meta,
		Question: job.Row.Question, Condition: job.Row.Condition, Style: job.Row.Style, Stage: job.Row.Stage, FirstPosition: int32(len(x.before)),
		PromptTokens: int32(len(x.prompt)), ResponseTokens: int32(len(x.response)), StopTokens: int32(len(x.stop)), File: s.File, FirstRow: s.FirstRow, Rows: int64(rows),
	}
	if x.parent >= 0 {
		id := int64(x.parent)
		want.ParentSampleID, want.Followup = &id, &job.Followup.Name
	}
	if !job.ResponseGiven() && job.Draws.MaxTokens > 0 && job.Draws.Temperature > 0 {
		seed := int64(job.Seed)
		want.Seed = &seed
	}
	if len(x.response) > 0 && tr.spec.Capture.Logprobs != "none" {
		require.NotNil(t, s.Logprob)
		require.InDelta(t, tr.wantLogprob(slices.Concat(x.before, x.prompt), x.response), *s.Logprob, 1e-9, "log-probability of %q", job.ID())
		want.Logprob = s.Logprob
	}
	names, logprobs := tr.wantAnswers(x)
	want.Alternatives, want.AlternativeLogprobs = append(want.Alternatives, s.Alternatives...), s.AlternativeLogprobs
	require.Equal(t, len(names), len(s.Alternatives))
	for i := range names {
		require.Equal(t, names[i], s.Alternatives[i])
		require.InDelta(t, logprobs[i], s.AlternativeLogprobs[i], 1e-6, "%s of %q", names[i], job.ID())
	}
	require.Equal(t, want, s)
}
