package capture

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/models"
	"intentprobe/storage"
)

// trial is a run over the fake model.
type trial struct {
	spec     Spec
	tok      *fakeTok
	prompts  []map[string]any
	script   map[string][]string // pieces that are drawn, by prompt id
	micro    int
	progress []Progress

	prepared *Prepared
	decoder  *fakeDecoder
	writer   *storage.Writer
	dir      string
}

var trialFacts = models.Facts{Path: "fake.gguf", Architecture: "llama", Layers: 2, Width: 4, TrainContext: 4096, ChatTemplate: chatML}

// newTrial has four prompts: two sampled that end by themselves, one that runs
// into the limit, one with its response given.
func newTrial() *trial {
	t := &trial{
		spec:  validSpec(),
		tok:   newTok("user", "assistant", "system", "\n", "Is", " it", "?", "Lie", ".", " Yes", " No", " may", "be", "END", "ST", "OP").withBOS(),
		micro: 512,
		prompts: []map[string]any{
			{"id": "a", "prompt": "Is it?"},
			{"id": "b", "messages": []any{map[string]any{"role": "system", "content": "Lie."}, map[string]any{"role": "user", "content": "Is it so?"}}, "label": "lie"},
			{"id": "c", "prompt": "Is it 日?", "response": " maybe."},
			{"id": "d", "prompt": "?"},
		},
		script: map[string][]string{
			"a": {" Yes", ".", "<|im_end|>"},
			"b": {" No", " may", "be", "\xe6", "\x97", "\xa5", ".", "."},
			"d": {"<|im_end|>"},
		},
	}
	t.spec.Generate.MaxTokens = 6
	t.spec.Capture.Hooks = []string{"embed,resid_pre:1,resid_post,ln_final"}
	return t
}

// prepare plans the run and opens its folder.
func (tr *trial) prepare(t testing.TB) *Runner {
	t.Helper()
	data, err := ReadDataset(Prompts{Rows: tr.prompts})
	require.NoError(t, err)
	facts := trialFacts
	facts.Vocabulary = len(tr.tok.pieces)
	tr.prepared, err = Prepare(tr.spec, data, facts, tr.tok)
	require.NoError(t, err)
	opt := tr.prepared.ContextOptions(1)
	opt.MicroBatch = tr.micro
	tr.decoder = newDecoder(t, opt, facts)
	for _, job := range tr.prepared.Jobs {
		if pieces, ok := tr.script[job.Row.ID]; ok {
			tr.decoder.script[tokenKey(job.Tokens)] = tr.tok.ids(pieces...)
		}
	}
	tr.dir = filepath.Join(t.TempDir(), "run")
	tr.writer, err = storage.Create(storage.Config{Dir: tr.dir, Points: tr.points(), Width: facts.Width, DType: storage.Float32})
	require.NoError(t, err)
	return &Runner{Prepared: tr.prepared, Engine: tr.decoder, Writer: tr.writer, Progress: func(p Progress) { tr.progress = append(tr.progress, p) }}
}

func (tr *trial) points() []string {
	var names []string
	for _, p := range tr.prepared.Points {
		names = append(names, p.String())
	}
	return names
}

// run runs to the end and reads back what was written.
func (tr *trial) run(t testing.TB) ([]storage.Sample, []*storage.Activations) {
	t.Helper()
	require.NoError(t, tr.prepare(t).Run(context.Background()))
	return tr.read(t)
}

func (tr *trial) read(t testing.TB) ([]storage.Sample, []*storage.Activations) {
	t.Helper()
	require.NoError(t, tr.writer.Finish(&storage.Manifest{Status: storage.Complete}))
	run, err := storage.Open(tr.dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	var all []*storage.Activations
	for i, s := range samples {
		require.EqualValues(t, i, s.SampleID)
		a, err := run.Read(s, tr.points()...)
		require.NoError(t, err)
		all = append(all, a)
	}
	return samples, all
}

// response gives the tokens that a job must have come to.
func (tr *trial) response(j *Job) []models.Token {
	if j.given() {
		return j.Given
	}
	script := tr.tok.ids(tr.script[j.Row.ID]...)
	return script[:min(len(script), tr.spec.Generate.MaxTokens)]
}

// wantRows works out from the design, not from the loop, which rows a job has.
func (tr *trial) wantRows(j *Job) (out []storage.Row, prefixes [][]models.Token) {
	all := append(append([]models.Token{}, j.Tokens...), tr.response(j)...)
	for at, token := range all {
		row := storage.Row{Position: int32(at), TokenID: token, Token: tokenText(tr.tok, token), Logprob: nan, Entropy: nan}
		asked := tr.spec.Capture.Logprobs == "all"
		if at < len(j.Tokens) {
			row.Phase, row.Role = phasePrompt, j.Roles[at]
		} else {
			row.Phase, row.Role, row.Generated = phaseResponse, roleCode("assistant"), !j.given()
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

func (tr *trial) String() string {
	return fmt.Sprintf("tokens %s, logprobs %s, batch %d, micro-batch %d", tr.spec.Capture.Tokens, tr.spec.Capture.Logprobs, tr.spec.Engine.Batch, tr.micro)
}
