package capture

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
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
	Arch    hooks.Arch
	Points  []hooks.Point
	Jobs    []Job // one a sample, in order of their ids
	Context int   // tokens of context that one sample needs at most

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
// that each sample fits the context. Errors are *UsageError,
// *hooks.UnknownPointError, *hooks.LayerError and *hooks.UnknownArchError.
func Prepare(spec Spec, data *Dataset, facts models.Facts, tok Tokenizer) (*Prepared, error) {
	arch, err := hooks.ForArch(facts.Architecture)
	if err != nil {
		return nil, err
	}
	p := &Prepared{Spec: spec, Dataset: data, Facts: facts, Arch: arch, tok: tok, endOfTurn: -1}
	if p.Points, err = hooks.Select(spec.Capture.Hooks, facts.Layers); err != nil {
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
	return p, nil
}

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
	return len(p.Points) * p.Facts.Width * storage.DType(p.Spec.Capture.DType).Bytes()
}

// rowOverhead is about what the other columns of a row take.
const rowOverhead = 64

// MaxBytes estimates the size of the files from above.
func (p *Prepared) MaxBytes() int64 {
	var total int64
	for i := range p.Jobs {
		total += int64(p.maxRows(&p.Jobs[i])) * int64(p.RowBytes()+rowOverhead)
	}
	return total
}

// What a shard holds at most, by the estimate from above.
const (
	shardBytes   = 256 << 20
	shardSamples = 4096
)

// shards cuts the jobs into groups that are committed whole, each a multiple of
// the batch. Like everything in the schedule they are known before the run.
func (p *Prepared) shards() [][]Job {
	var out [][]Job
	batch := p.Spec.Engine.Batch
	start, size := 0, int64(0)
	for i := 0; i < len(p.Jobs); i += batch {
		var next int64
		for j := i; j < min(i+batch, len(p.Jobs)); j++ {
			next += int64(p.maxRows(&p.Jobs[j])) * int64(p.RowBytes()+rowOverhead)
		}
		if i > start && (size+next > shardBytes || i-start+batch > shardSamples) {
			out = append(out, p.Jobs[start:i])
			start, size = i, 0
		}
		size += next
	}
	return append(out, p.Jobs[start:])
}

// Engine sizes: a micro-batch of llama.cpp's own default, less where no sample
// is that long.
const microBatch = 512

// ContextOptions sizes the engine's context for this run.
func (p *Prepared) ContextOptions(threads int) models.ContextOptions {
	batch := min(p.Spec.Engine.Batch, len(p.Jobs))
	return models.ContextOptions{
		Tokens:       roundUp(p.Context, 256) * batch,
		Sequences:    batch,
		MicroBatch:   max(min(microBatch, roundUp(p.Context, 32)), batch),
		Threads:      threads,
		Float32:      p.Spec.Engine.Weights == "f32",
		IgnoreMemory: !p.Spec.Engine.MemoryCheck,
	}
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }
