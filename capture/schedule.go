package capture

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

// Prepared is a spec met with its dataset and model: all that is known before
// anything is decoded.
type Prepared struct {
	Spec    Spec
	Dataset *Dataset
	Facts   models.Facts
	Points  []hooks.Located // in column order
	Jobs    []Job           // one a sample, in order of their ids
	Context int             // tokens of context that one sample needs at most
	Solo    bool            // each sample is decoded alone, one sequence in the cache

	tok       Tokenizer
	endOfTurn models.Token // -1 where there is none
}

// Job is one sample to come.
type Job struct {
	Row    *Row
	Sample int // 0..samples-1 of its prompt
	Text   string
	Tokens []models.Token // of the prompt
	Roles  []int8         // of each, index into storage.Roles
	Given  []models.Token // of the given response, its end of turn included; nil if sampled
	Seed   uint32
}

// given says whether the response is scored, not sampled.
func (j *Job) given() bool { return j.Row.Response != nil }

// maxTokens is how long the sample may get.
func (j *Job) maxTokens(g Generate) int {
	if j.given() {
		return len(j.Tokens) + len(j.Given)
	}
	return len(j.Tokens) + g.MaxTokens
}

// Prepare resolves hook points, renders and tokenises every prompt, and checks
// that each sample fits the context. m is what the model offers. Errors are
// *UsageError, *hooks.UnknownPointError, *hooks.AbsentPointError and
// *hooks.LayerError.
func Prepare(spec Spec, data *Dataset, facts models.Facts, m *hooks.Map, tok Tokenizer) (*Prepared, error) {
	if err := spec.Chat.readTemplate(); err != nil {
		return nil, err
	}
	if err := spec.Chat.settleNow(facts); err != nil {
		return nil, err
	}
	p := &Prepared{Spec: spec, Dataset: data, Facts: facts, tok: tok, endOfTurn: -1}
	var err error
	if p.Points, err = m.Select(spec.Capture.Hooks); err != nil {
		return nil, err
	}
	if len(p.Points) == 0 {
		return nil, usage(fmt.Errorf("capture.hooks names no hook point"), "name at least one, for example resid_post")
	}
	r, err := newRenderer(spec.Chat, facts)
	if err != nil {
		return nil, err
	}
	if t, ok := r.endOfTurn(tok); ok {
		p.endOfTurn = t
	}
	for i := range data.Rows {
		if err := p.addRow(r, &data.Rows[i]); err != nil {
			return nil, err
		}
	}
	return p, p.settle()
}

// settle decides what depends on all the samples: the length of a pattern's rows,
// and how many sequences are decoded at once.
func (p *Prepared) settle() error {
	p.Solo = p.Spec.Engine.BatchInvariant
	for i := range p.Points {
		if p.Points[i].Site == hooks.Pattern {
			p.Solo = true // a cell of the cache is a position only where there is one sequence
			p.Points[i].Shape = []int{p.Points[i].Shape[0], p.Context}
		}
	}
	batch := &p.Spec.Engine.Batch
	switch {
	case p.HasPattern() && p.Spec.Engine.FlashAttn == "on":
		return usage(fmt.Errorf("flash attention computes no attention patterns, and engine.flash_attn is on"), "leave the pattern out, or set engine.flash_attn to auto")
	case p.Solo && *batch > 1 && !p.Spec.Engine.BatchInvariant:
		return usage(fmt.Errorf("attention patterns are captured one sequence at a time; engine.batch is %d", *batch), "leave engine.batch out, or the pattern")
	case p.Solo:
		*batch = 1
	case *batch == 0:
		*batch = Auto(min(defaultBatch, len(p.Jobs)))
	}
	if p.Spec.Capture.Group == 0 {
		p.Spec.Capture.Group = Auto(p.groupSamples())
	}
	if n := p.Plan().Groups(); n > mostGroups {
		return usage(fmt.Errorf("%d groups of %d samples; a run has at most %d groups", n, p.Spec.Capture.Group, mostGroups), "set capture.group to more samples")
	}
	return nil
}

// defaultBatch is how many sequences are decoded at once where nothing else is
// asked for: beyond it, two cores gain little and every further one takes memory.
const defaultBatch = 16

// mostGroups keeps the manifest, which lists their files, below what is read of one.
const mostGroups = 100_000

func (p *Prepared) addRow(r *renderer, row *Row) error {
	text, err := r.render(*row)
	if err != nil {
		return err
	}
	job := Job{Row: row, Text: text.text}
	if job.Tokens, job.Roles, err = tokenize(p.tok, text); err != nil {
		return err
	}
	if len(job.Tokens) == 0 {
		return usage(fmt.Errorf("%s: the prompt has no tokens", row.place), "write a prompt, or remove the row")
	}
	samples := p.Spec.Generate.Samples
	if job.given() {
		samples = 1 // scoring draws nothing: all samples would be the same
		if job.Given, err = respond(p.tok, text.text, job.Tokens, *row.Response); err != nil {
			return err
		}
		if p.endOfTurn >= 0 {
			job.Given = append(job.Given, p.endOfTurn)
		}
	}
	limit := p.Spec.Engine.Ctx
	if limit == 0 {
		limit = p.Facts.TrainContext
	}
	need := job.maxTokens(p.Spec.Generate)
	if need > limit {
		return usage(fmt.Errorf("%s: prompt %q has %d tokens and may get %d with its response; the context holds %d", row.place, row.ID, len(job.Tokens), need, limit),
			"shorten the prompt, lower --max-tokens, or raise --ctx (beyond what the model was trained for its states mean little)")
	}
	p.Context = max(p.Context, need)
	if len(p.Jobs)+samples > mostSamples {
		return usage(fmt.Errorf("%s: up to here there are %d samples; a run has at most %d", row.place, len(p.Jobs)+samples, mostSamples), "lower --samples, or split the dataset")
	}
	for n := range samples {
		job.Sample = n
		job.Seed = deriveSeed(p.Spec.Generate.Seed, row.ID, n)
		p.Jobs = append(p.Jobs, job)
	}
	return nil
}

// deriveSeed gives each sample a seed of its own: the first 32 bits of
// SHA-256(seed, prompt id, sample). It does not depend on the other prompts.
func deriveSeed(seed int64, promptID string, sample int) uint32 {
	sum := sha256.Sum256([]byte(strconv.FormatInt(seed, 10) + "\x00" + promptID + "\x00" + strconv.Itoa(sample)))
	s := binary.LittleEndian.Uint32(sum[:])
	if s == 0xFFFFFFFF { // llama.cpp takes this one as "choose at random"
		s = 0
	}
	return s
}

// maxRows is how many rows the sample may give.
func (p *Prepared) maxRows(j *Job) int {
	switch p.Spec.Capture.Tokens {
	case "prompt":
		return len(j.Tokens)
	case "response":
		return j.maxTokens(p.Spec.Generate) - len(j.Tokens)
	case "last":
		return 1
	}
	return j.maxTokens(p.Spec.Generate)
}

// RowBytes is the size of one row's activations.
func (p *Prepared) RowBytes() int {
	n := 0
	for _, c := range p.Columns() {
		n += c.RowBytes()
	}
	return n
}

// rowOverhead is about what the other columns of a row take.
const rowOverhead = 64

// MaxBytes estimates the size of the files from above.
func (p *Prepared) MaxBytes() int64 {
	var total int64
	row := int64(p.RowBytes() + rowOverhead)
	for i := range p.Jobs {
		total += int64(p.maxRows(&p.Jobs[i])) * row
	}
	return total
}

// What a group holds at most where nothing else is asked for, by the estimate from
// above: a group is lost when the process is killed, and each costs a few syncs.
const (
	groupBytes   = 256 << 20
	groupSamples = 512
	groupDrawn   = 16 << 10 // tokens that are drawn; given ones cost about an eighth
)

// groupSamples chooses how many samples a group has: whole batches.
func (p *Prepared) groupSamples() int {
	batch, n := int(p.Spec.Engine.Batch), int64(len(p.Jobs))
	work := int64(0)
	for i := range p.Jobs {
		j := &p.Jobs[i]
		given := int64(len(j.Tokens) + len(j.Given))
		work += int64(j.maxTokens(p.Spec.Generate)) - given + given/8
	}
	most := min(groupSamples, groupBytes*n/max(1, p.MaxBytes()), groupDrawn*n/max(1, work))
	return max(1, int(most)/batch) * batch
}

// Plan says how the samples are grouped; it is a function of the spec, the dataset
// and the model alone.
func (p *Prepared) Plan() storage.Plan {
	return storage.Plan{Samples: int64(len(p.Jobs)), GroupSamples: int(p.Spec.Capture.Group)}
}

// groups lists the groups of a shard, nil for the whole run.
func (p *Prepared) groups(shard *storage.Shard) (out []int) {
	for n := range p.Plan().Groups() {
		if shard.Holds(n) {
			out = append(out, n)
		}
	}
	return out
}

// group gives the jobs of a group, and the id of its first sample.
func (p *Prepared) group(number int) (jobs []Job, first int64) {
	first, n := p.Plan().Group(number)
	return p.Jobs[first : first+n], first
}

// Engine sizes: a micro-batch of llama.cpp's own default, less where the samples
// are few and short; as many sequences as it has.
const (
	microBatch   = 512
	maxSequences = 256
)

// ContextOptions sizes the engine's context for this run. A sampled sequence
// keeps its place in the cache for as long as it may get; those whose tokens are
// all given only while they are decoded. Two more hold shared beginnings.
func (p *Prepared) ContextOptions(threads int) models.ContextOptions {
	sampled, prompt, all := 0, p.longestPrompt(), 0
	for i := range p.Jobs {
		j := &p.Jobs[i]
		all += len(j.Tokens) + len(j.Given)
		if !p.known(j) {
			sampled++
		}
	}
	opt := models.ContextOptions{
		Threads:      threads,
		Float32:      p.Spec.Engine.Weights == "f32",
		NoFlash:      p.Spec.Engine.FlashAttn == "off" || p.HasPattern(),
		Pattern:      p.HasPattern(),
		IgnoreMemory: !p.Spec.Engine.MemoryCheck,
	}
	if p.Solo {
		opt.MicroBatch = min(microBatch, roundUp(p.Context, 32))
		opt.Sequences, opt.Tokens = 1, roundUp(p.Context, 256)
		return opt
	}
	batch := min(int(p.Spec.Engine.Batch), max(1, sampled))
	opt.Sequences = batch + 2
	opt.MicroBatch = max(min(microBatch, roundUp(all, 32)), roundUp(opt.Sequences, 32)) // llama.cpp wants a token a sequence
	opt.Tokens = roundUp(batch*p.Context+2*prompt, 256)
	if sampled < len(p.Jobs) {
		opt.Sequences = min(maxSequences, opt.MicroBatch)
		opt.Tokens = max(opt.Tokens, roundUp(opt.MicroBatch+p.Context+2*prompt, 256))
	}
	return opt
}

func (p *Prepared) longestPrompt() int {
	longest := 0
	for i := range p.Jobs {
		longest = max(longest, len(p.Jobs[i].Tokens))
	}
	return longest
}

// known says whether all tokens of a sample are known before it is decoded.
func (p *Prepared) known(j *Job) bool { return j.given() || p.Spec.Generate.MaxTokens == 0 }

// heard says whether some sample needs logits behind the beginning of its prompt,
// to be scored or sampled.
func (p *Prepared) heard() bool {
	return p.Spec.Capture.Logprobs == "all" || p.hasSite(hooks.Logits) || slices.ContainsFunc(p.Jobs, func(j Job) bool {
		return !p.known(&j) || len(j.Given) > 0 && p.Spec.Capture.Logprobs == "response"
	})
}

// HasPattern says whether attention patterns are captured.
func (p *Prepared) HasPattern() bool { return p.hasSite(hooks.Pattern) }

// hasSite says whether a point of this kind is captured.
func (p *Prepared) hasSite(s hooks.Site) bool {
	return slices.ContainsFunc(p.Points, func(l hooks.Located) bool { return l.Site == s })
}

// Columns gives the columns of activations, a point's name each. The largest
// logits have a second one, the tokens that they belong to.
func (p *Prepared) Columns() []storage.Column {
	var out []storage.Column
	for _, l := range p.Points {
		if l.Site == hooks.Logits {
			k := []int{min(p.Spec.Capture.TopLogits, p.Facts.Vocabulary)}
			out = append(out, storage.Column{Name: l.Point.String(), Shape: k, DType: storage.Float32},
				storage.Column{Name: l.Point.String() + ".token_id", Shape: k, DType: storage.Int32})
			continue
		}
		out = append(out, storage.Column{Name: l.Point.String(), Shape: l.Shape, DType: storage.DType(p.Spec.Capture.DType)})
	}
	return out
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }
