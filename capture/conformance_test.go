package capture

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/decode"
	"intentprobe/capture/plan"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

var (
	conformanceSeed  = flag.Uint64("conformance-seed", 1, "of the specs that TestConformance draws")
	conformanceSpecs = flag.Int("conformance-specs", 1, "how many TestConformance draws for each model")

	conformed = map[string]map[string]int{} // orders by model: TestModelsDocument tells of them too
)

// The orders that samples are decoded in, beside one after another from left to right.
var orders = []string{"batches", "shared beginnings", "follow-ups", "alternatives", "early stop", "resumed", "killed", "shards", "workers"}

// tinyModels lists the models of `make tiny`.
func tinyModels(t *testing.T) []string {
	dir := os.Getenv("CAPTURE_TINY")
	if dir == "" {
		dir = filepath.Join("..", ".venv", "tiny")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "tiny-*.gguf"))
	require.NoError(t, err)
	require.NotEmpty(t, paths, "`make tiny` writes them")
	slices.Sort(paths)
	return paths
}

func tinyName(path string) string {
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "tiny-"), ".gguf")
}

// conformance holds what a model's runs decode in any order against the same tokens
// decoded alone.
type conformance struct {
	*testing.T
	path  string
	model *models.Model
	file  *modelFile
	offer *hooks.Map
	alone *soloist
	draw  conformanceSpec
	tried map[string]int // orders, by how often something was decoded so; and rows

	remote *models.Model // with layers on a worker; nil until it is needed

	longest int // sample, in tokens
	runs    int

	arms    *arm.Set               // of the run at hand; nil without interventions
	probes  []hooks.Score          // likewise
	kept    map[string][][]float32 // rows of texts of the run at hand that are swapped in
	options map[string]*reading    // texts of the run at hand that end with an option

	worstRow, worstNats float64 // how far anything was off
	swayRow, swayNats   float64 // how far texts of this model were seen to sway
}

// TestConformance decodes random specs on every tiny model. Whatever the order, each
// row and each log-probability must be what the sample's own tokens, read from left to
// right in an empty cache, give.
func TestConformance(t *testing.T) {
	for _, path := range tinyModels(t) {
		t.Run(tinyName(path), func(t *testing.T) { conform(t, path) })
	}
	rows := 0
	for _, tried := range conformed {
		rows += tried["rows"]
	}
	t.Logf("torture: orders of decoding, %d models, %d specs each, seed %d: %d rows tried, 0 lost", len(conformed), *conformanceSpecs, *conformanceSeed, rows)
}

// conform tries a model and says which orders it was tried in.
func conform(t *testing.T, path string) map[string]int {
	if tried, ok := conformed[path]; ok {
		return tried
	}
	model, err := models.Load(t.Context(), path, models.LoadOptions{})
	require.NoError(t, err)
	defer model.Close()
	c := newConformance(t, path, model, soloTokens)
	for n := range *conformanceSpecs {
		c.try(n)
	}
	if window := model.Facts().Window; window > 0 && window < soloTokens {
		require.Greater(t, c.longest, 2*window, "samples are longer than the window")
	}
	conformed[path] = c.tried
	t.Logf("seed %d: %v, rows within %.1e, log-probabilities within %.1e", *conformanceSeed, c.tried, c.worstRow, c.worstNats)
	return c.tried
}

// newConformance tries a model with texts of at most so many tokens.
func newConformance(t *testing.T, path string, model *models.Model, longest int) *conformance {
	file, err := identify(t.Context(), []string{path})
	require.NoError(t, err)
	offer, _, err := SurveyModel(context.Background(), model, 1)
	require.NoError(t, err)
	number := uint64(0)
	for _, b := range []byte(tinyName(path)) {
		number = number*31 + uint64(b)
	}
	c := &conformance{T: t, path: path, model: model, file: file, offer: offer, tried: map[string]int{}}
	c.draw = conformanceSpec{rand.New(rand.NewPCG(*conformanceSeed, number)), model.Facts().Recurrent, model.Facts().TrainContext < soloTokens}
	c.alone = newSoloist(t, model, longest)
	return c
}

// try runs one spec; where it is hard to go back, once more with responses that end in
// stop texts.
func (c *conformance) try(n int) {
	spec := c.draw.draw(n)
	micro := []int{32, 48, 128, 512}[c.draw.IntN(4)]
	if n == 0 {
		micro = 32 // so that no prompt fits into one
	}
	samples := c.runSpec(spec, micro)
	if stop := stopIn(samples); n == 0 && stop != "" && (c.model.Facts().Window > 0 || c.model.Facts().Recurrent) {
		spec.Generate.Stop = []string{stop}
		for _, s := range c.runSpec(spec, micro) {
			if s.StopTokens > 1 {
				c.tried["stop texts"]++
			}
		}
	}
}

// stopIn gives some letters of a sampled response, of several tokens if they can be had.
func stopIn(samples []rundir.Sample) (stop string) {
	for _, s := range samples {
		if s.FinishReason != "length" {
			continue
		}
		for _, word := range regexp.MustCompile(`[ -~]{2,}`).FindAllString(s.Response, -1) {
			if len(word) > len(stop) {
				stop = word[:min(len(word), 8)]
			}
		}
	}
	return stop
}

// runSpec runs a spec in some way, compares, and gives the samples.
func (c *conformance) runSpec(spec Spec, micro int) []rundir.Sample {
	c.runs++
	s := c.session(spec)
	c.make(s, micro, c.runs == 1)
	return c.check(s.Prepared, s.Spec.Out)
}

// session plans a spec for the model.
func (c *conformance) session(spec Spec) *Session {
	spec.Model, spec.Out = c.path, filepath.Join(c.TempDir(), fmt.Sprint(c.runs))
	require.NoError(c, spec.Validate())
	data, err := dataset.FromSpec(&spec)
	require.NoError(c, err)
	c.drawProbes(spec.Capture.Hooks)
	p, err := plan.Prepare(spec, data, c.model.Facts(), c.offer, c.model, c.arms, c.probes)
	require.NoError(c, err)
	probes := &arm.Probes{}
	for _, score := range c.probes {
		probes.All = append(probes.All, arm.Probe{Score: score})
	}
	return &Session{Spec: spec, Prepared: p, Threads: 1, path: c.path, named: c.file, loaded: c.file, model: c.model, probes: probes}
}

// run begins a run or goes on with it, as a process does, until it is done or the
// process ends early, and says whether it is done.
func (c *conformance) run(s *Session, p process) bool {
	opt := s.Prepared.ContextOptions(1)
	opt.MicroBatch = min(opt.MicroBatch, p.micro)
	opt.Sequences = min(opt.Sequences, opt.MicroBatch)
	engine, err := p.model.NewContext(opt)
	require.NoError(c, err)
	defer engine.Close()
	d := &decoding{Session: s, engine: engine}
	d.hooks, d.checks, err = SurveyContext(context.Background(), engine, s.Prepared.Facts)
	require.NoError(c, err)

	fs := &mortalFS{}
	fs.left.Store(p.dies)
	if p.dies == 0 {
		fs.left.Store(1 << 40)
	}
	killed := func(err error) bool { return p.dies > 0 && errors.Is(err, errKilled) }
	w, _, err := d.openWriter(p, fs)
	if killed(err) {
		return false
	}
	require.NoError(c, err)
	if w == nil {
		return true
	}
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := d.runner(slices.DeleteFunc(s.Prepared.Groups(p.shard), w.Has), decode.WriterSink(w), nil)
	r.Engine = &watched{Context: engine, c: c, stop: p.stop, cancel: cancel}
	err = r.Run(ctx)
	if killed(err) {
		return false
	}
	if ctx.Err() != nil {
		_, err := w.Finish(rundir.Interrupted, nil)
		require.NoError(c, err)
		return false
	}
	require.NoError(c, err)
	_, err = w.Finish(rundir.Complete, nil)
	if killed(err) {
		return false
	}
	require.NoError(c, err)
	return true
}

// watched notes in which orders a context decodes, and stops it.
type watched struct {
	*models.Context
	c       *conformance
	decodes int
	stop    int // 0: never
	cancel  func()
}

func (w *watched) Decode(ctx context.Context, b *models.Batch, extent models.Extent, targets []models.Target) error {
	if w.decodes++; w.decodes == w.stop {
		w.cancel()
	}
	if slices.Min(b.Sequences) != slices.Max(b.Sequences) {
		w.c.tried["batches"]++
	}
	if extent.Stop {
		w.c.tried["early stop"]++
	}
	return w.Context.Decode(ctx, b, extent, targets)
}

func (w *watched) CopySequence(from, to int) {
	if from < 2 && !w.c.model.Facts().Recurrent {
		w.c.tried["shared beginnings"]++
	}
	w.Context.CopySequence(from, to)
}

// check compares all samples of a run.
func (c *conformance) check(p *plan.Prepared, dir string) []rundir.Sample {
	run, err := rundir.Open(dir)
	require.NoError(c, err)
	samples, err := run.Samples()
	require.NoError(c, err)
	require.Len(c, samples, len(p.Jobs))
	var columns []string
	for _, column := range p.Columns() {
		columns = append(columns, column.Name)
	}
	c.alone.at(c.T, p.Points, c.planEdits())
	c.options, c.kept = map[string]*reading{}, map[string][][]float32{}
	texts := map[int64]*text{}
	for _, s := range samples {
		rows, err := run.Read(s, columns...)
		require.NoError(c, err)
		own := c.tokens(&p.Jobs[s.SampleID], s, rows.Rows)
		x := &text{tokens: own}
		if s.ParentSampleID != nil {
			c.tried["follow-ups"]++
			parent := texts[*s.ParentSampleID]
			x.tokens, x.edits = slices.Concat(parent.tokens[:s.FirstPosition], own), before(parent.edits, int(s.FirstPosition)) // without stop tokens
		}
		require.Len(c, x.tokens, int(s.FirstPosition)+len(own))
		texts[s.SampleID] = x
		c.edit(p, s, x, texts, rows)
		c.scores(p, s, rows)
		c.sample(p, s, rows, x, texts)
	}
	return samples
}

// tokens puts together those of a sample from what was planned and what was drawn.
func (c *conformance) tokens(j *plan.Job, s rundir.Sample, rows []rundir.Row) []models.Token {
	out := slices.Clone(j.Tokens()[len(j.Tokens())-int(s.PromptTokens):])
	out = append(out, j.ResponseTokens...)
	for _, row := range rows {
		at := int(row.Position - s.FirstPosition)
		if at == len(out) {
			out = append(out, models.Token(row.TokenID))
		}
		require.Equal(c, out[at], models.Token(row.TokenID), "sample %d, token %d", s.SampleID, at)
	}
	require.Len(c, out, int(s.PromptTokens+s.ResponseTokens+s.StopTokens))
	return out
}
