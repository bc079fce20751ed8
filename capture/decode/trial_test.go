package decode

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/internal/fake"
	"intentprobe/capture/plan"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/storage"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// trial is a run over the fake model.
type trial struct {
	spec     spec.Spec
	tok      *fake.Tokenizer
	prompts  []map[string]any
	script   map[string][]string // pieces that are drawn, by prompt id; all else by chance
	micro    int
	stateful bool // sequences cannot be taken back
	fs       disk.FS
	progress []Progress

	arms *arm.Set

	prepared *plan.Prepared
	decoder  *fakeDecoder
	writer   *storage.Writer
	runner   *Runner
	dir      string
}

// newTrial has four prompts: two sampled that end by themselves, one that runs
// into the limit, one with its response given.
func newTrial() *trial {
	t := &trial{
		spec:  validSpec(),
		tok:   fake.NewTokenizer("user", "assistant", "system", "\n", "Is", " it", "?", "Lie", ".", " Yes", " No", " may", "be", "END", "ST", "OP", "<think>", "</", "think>", "<thi", "nk>").WithBOS(),
		micro: 512,
		fs:    quickFS{},
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
	t.spec.Engine.Batch = 1
	t.spec.Generate.MaxTokens = 6
	t.spec.Capture.Hooks = []string{"embed,resid_pre:1,resid_post,ln_final"}
	return t
}

// quickFS does not wait for the disk.
type quickFS struct{ disk.OS }

func (quickFS) SyncDir(string) error { return nil }

func (q quickFS) Create(path string) (disk.File, error) {
	f, err := q.OS.Create(path)
	return quickFile{f}, err
}

type quickFile struct{ disk.File }

func (quickFile) Sync() error { return nil }

// prepare plans the run and opens its folder.
func (tr *trial) prepare(t testing.TB) *Runner {
	t.Helper()
	data, err := dataset.Read(spec.Prompts{Rows: rowsOf(t, tr.prompts...)})
	require.NoError(t, err)
	facts := fake.Facts
	facts.Vocabulary = len(tr.tok.Pieces)
	tr.prepared, err = plan.Prepare(tr.spec, data, facts, fake.Map(), tr.tok, tr.arms, nil)
	require.NoError(t, err)
	opt := tr.prepared.ContextOptions(1)
	opt.MicroBatch = max(tr.micro, int(tr.prepared.Spec.Engine.Batch))
	tr.decoder = newDecoder(t, opt, facts.Vocabulary)
	tr.decoder.stateful = tr.stateful
	tr.decoder.draw = func(sampler *models.Sampler, prefix []models.Token) models.Token {
		for _, s := range tr.runner.running {
			if s.sampler == sampler {
				require.Equal(t, s.start+s.tokenCount(), len(prefix), "sample %d of %q is drawn behind %d", s.job.Sample, s.job.ID(), prefix)
				return tr.drawn(s.job, s.response)
			}
		}
		t.Error("nobody's sampler draws")
		return 0
	}
	tr.dir = filepath.Join(t.TempDir(), "run")
	tr.writer, err = storage.Create(storage.Config{Dir: tr.dir, Columns: tr.prepared.Columns(), Rows: opt.MicroBatch, FS: tr.fs, Reduce: tr.prepared.Spec.Capture.Reduce, NoRows: !tr.prepared.Spec.Capture.Rows})
	require.NoError(t, err)
	tr.runner = &Runner{Prepared: tr.prepared, Map: fake.Map(), Engine: tr.decoder, Sink: WriterSink(tr.writer), Progress: func(p Progress) { tr.progress = append(tr.progress, p) }}
	return tr.runner
}

// run runs to the end and reads back what was written.
func (tr *trial) run(t testing.TB) ([]rundir.Sample, []*rundir.Activations) {
	t.Helper()
	require.NoError(t, tr.runAll(context.Background(), tr.prepare(t)))
	tr.decoder.checkAsked()
	for seq, cells := range tr.decoder.histories {
		assert.True(t, len(cells) == 0 || tr.prepared.Solo || seq < 2, "sequence %d still holds %d tokens", seq, len(cells))
	}
	return tr.read(t)
}

// runAll decodes every group.
func (tr *trial) runAll(ctx context.Context, r *Runner) error {
	r.Source = PlannedGroups(tr.prepared, tr.prepared.Groups(nil))
	return r.Run(ctx)
}

func (tr *trial) read(t testing.TB) ([]rundir.Sample, []*rundir.Activations) {
	t.Helper()
	_, err := tr.writer.Finish(rundir.Complete, nil)
	require.NoError(t, err)
	run, err := rundir.Open(tr.dir)
	require.NoError(t, err)
	samples, err := run.Samples()
	require.NoError(t, err)
	require.EqualValues(t, len(samples), run.Manifest.Samples)
	var all []*rundir.Activations
	var names []string
	for _, c := range tr.prepared.Columns() {
		names = append(names, c.Name)
	}
	next := int64(0)
	for i, s := range samples {
		require.EqualValues(t, i, s.SampleID)
		if s.FirstRow != next {
			require.Zero(t, s.FirstRow, "a new file")
		}
		next = s.FirstRow + s.Rows
		a, err := run.Read(s, names...)
		require.NoError(t, err)
		all = append(all, a)
	}
	left, err := filepath.Glob(filepath.Join(tr.dir, "*.part"))
	require.NoError(t, err)
	require.Empty(t, left)
	return samples, all
}

// files gives the checksum of every file of the run but the manifest.
func (tr *trial) files(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(tr.dir, "*.arrow"))
	require.NoError(t, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		out[filepath.Base(path)] = fmt.Sprintf("%x", sha256.Sum256(text))
	}
	return out
}

func (tr *trial) String() string {
	c, g, e := tr.spec.Capture, tr.spec.Generate, tr.spec.Engine
	return fmt.Sprintf("%s of %s tokens as %s, logprobs %s, max %d, samples %d, batch %d, invariant %t, micro-batch %d, stop %q, %d prompts, reasoning %q, reduced %v, rows %v, followups %v, alternatives %v",
		c.Hooks, c.Tokens, c.DType, c.Logprobs, g.MaxTokens, g.Samples, e.Batch, e.BatchInvariant, tr.micro, g.Stop, len(tr.prompts), tr.spec.Chat.Reasoning, c.Reduce, c.Rows, tr.spec.Followups, tr.spec.Alternatives)
}
