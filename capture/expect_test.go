package capture

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// What a run must come to, worked out from the design, not from the loop.

// drawn gives the token that follows a response so far: that of the script or,
// where there is none, one by chance, the end of the turn every fifth time.
func (tr *trial) drawn(j *Job, response []models.Token) models.Token {
	if script, ok := tr.script[j.Row.ID]; ok {
		return tr.tok.id(script[len(response)])
	}
	dice := checksumOf(response, j.Row.ID+string(rune('0'+j.Sample)))
	if dice%5 == 0 {
		return tr.tok.id("<|im_end|>")
	}
	words := []string{" Yes", " No", " may", "be", ".", "END", "ST", "OP", "\xe6", "\x97", "\xa5"}
	return tr.tok.id(words[dice/5%uint64(len(words))])
}

// response gives the tokens that a job must have come to, and why it ended.
func (tr *trial) response(j *Job) (tokens []models.Token, finish string) {
	if j.isGiven() {
		return j.Given, "given"
	}
	for len(tokens) < tr.spec.Generate.MaxTokens {
		t := tr.drawn(j, tokens)
		tokens = append(tokens, t)
		stop := func(s string) bool { return strings.Contains(joinPieces(tr.tok, tokens), s) }
		if tr.tok.EndsGeneration(t) || slices.ContainsFunc(tr.spec.Generate.Stop, stop) {
			return tokens, "stop"
		}
	}
	return tokens, "length"
}

// wantRows gives the rows that a job must have, and the tokens up to each.
func (tr *trial) wantRows(j *Job) (out []storage.Row, prefixes [][]models.Token) {
	response, _ := tr.response(j)
	all := slices.Concat(j.Tokens(), response)
	for at, token := range all {
		row := storage.Row{Position: int32(at), TokenID: token, Token: tokenText(tr.tok, token), Logprob: nan, Entropy: nan}
		asked := tr.spec.Capture.Logprobs == "all"
		if at < len(j.Tokens()) {
			row.Phase, row.Role, row.Turn = phasePrompt, j.prompt.marks[at].role, j.prompt.marks[at].turn
		} else {
			row.Phase, row.Role, row.Turn, row.Generated = phaseResponse, roleCode("assistant"), j.prompt.answer, !j.isGiven()
			asked = tr.spec.Capture.Logprobs != "none"
		}
		if asked {
			_, row.Entropy = scoreOf(all[:at+1], -1, len(tr.tok.pieces))
			if at > 0 {
				row.Logprob, _ = scoreOf(all[:at], token, len(tr.tok.pieces))
			}
		}
		wanted := map[string]bool{"all": true, "prompt": row.Phase == phasePrompt, "response": row.Phase == phaseResponse, "last": at == len(all)-1}
		if wanted[tr.spec.Capture.Tokens] {
			out, prefixes = append(out, row), append(prefixes, all[:at+1])
		}
	}
	return out, prefixes
}

// wantValues gives what the columns must hold of a row.
func (tr *trial) wantValues(prefix []models.Token) (out [][]float32) {
	for _, l := range tr.prepared.Points {
		if l.Site == hooks.Logits {
			values, tokens := topOf(prefix, len(tr.tok.pieces), tr.spec.Capture.TopLogits)
			out = append(out, values, tokens)
			continue
		}
		if l.Site == hooks.Pattern {
			l.Shape = []int{l.Shape[0], tr.prepared.Context}
		}
		out = append(out, activation(l, prefix))
	}
	return out
}

// wantLogprob sums the log-probabilities of a response's tokens.
func (tr *trial) wantLogprob(j *Job) (sum float64) {
	response, _ := tr.response(j)
	for i, token := range response {
		lp, _ := scoreOf(slices.Concat(j.Tokens(), response[:i]), token, len(tr.tok.pieces))
		sum += float64(lp)
	}
	return sum
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
func (tr *trial) checkRows(t testing.TB, samples []storage.Sample, all []*storage.Activations) {
	t.Helper()
	require.Len(t, samples, len(tr.prepared.Jobs))
	for i := range samples {
		job := &tr.prepared.Jobs[i]
		require.Equal(t, job.Row.ID, samples[i].PromptID)
		tr.checkSample(t, job, samples[i])
		want, prefixes := tr.wantRows(job)
		got := all[i]
		require.Len(t, got.Rows, len(want), "rows of %q", job.Row.ID)
		for n, row := range got.Rows {
			sameFloat(t, "logprob", want[n].Logprob, row.Logprob)
			sameFloat(t, "entropy", want[n].Entropy, row.Entropy)
			row.Logprob, row.Entropy, want[n].Logprob, want[n].Entropy = 0, 0, 0, 0
			require.Equal(t, want[n], row, "row %d of %q", n, job.Row.ID)
			for c, values := range tr.wantValues(prefixes[n]) {
				w := len(values)
				require.Equal(t, values, got.Values[c][w*n:w*n+w], "column %d of row %d of %q", c, n, job.Row.ID)
			}
		}
	}
}

// checkSample compares a row of the samples table.
func (tr *trial) checkSample(t testing.TB, job *Job, s storage.Sample) {
	t.Helper()
	response, finish := tr.response(job)
	text := joinPieces(tr.tok, slices.DeleteFunc(slices.Clone(response), tr.tok.EndsGeneration))
	for _, stop := range tr.spec.Generate.Stop {
		text, _, _ = strings.Cut(text, stop)
	}
	if job.isGiven() {
		text = *job.Row.Response
	}
	rows, _ := tr.wantRows(job)
	want := storage.Sample{
		SampleID: s.SampleID, PromptID: job.Row.ID, Sample: int32(job.Sample), Prompt: job.Text(), Response: text, FinishReason: finish,
		Label: job.Row.Label, Group: job.Row.Group, Split: job.Row.Split, Pair: job.Row.Pair, Meta: job.Row.Meta,
		PromptTokens: int32(len(job.Tokens())), ResponseTokens: int32(len(response)), File: s.File, FirstRow: s.FirstRow, Rows: int64(len(rows)),
	}
	if !job.isGiven() && tr.spec.Generate.MaxTokens > 0 && tr.spec.Generate.Temperature > 0 {
		seed := int64(job.Seed)
		want.Seed = &seed
	}
	if len(response) > 0 && tr.spec.Capture.Logprobs != "none" {
		require.NotNil(t, s.Logprob)
		require.InDelta(t, tr.wantLogprob(job), *s.Logprob, 1e-9, "log-probability of %q", job.Row.ID)
		want.Logprob = s.Logprob
	}
	require.Equal(t, want, s)
}
