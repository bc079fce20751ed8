package plan

import (
	"fmt"
	"slices"

	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
)

// Prepare resolves hook points, renders and tokenises every prompt, and checks
// that each sample fits the context. m is what the model offers, arms what each sample is
// decoded in; nil without interventions. probes score the captured rows. Errors are
// *hint.UsageError, *hooks.UnknownPointError, *hooks.AbsentPointError and
// *hooks.LayerError.
func Prepare(spec spec.Spec, data *dataset.Dataset, facts models.Facts, m *hooks.Map, tok prompt.Tokenizer, arms *arm.Set, probes []hooks.Score) (*Prepared, error) {
	if err := spec.Chat.ReadTemplate(); err != nil {
		return nil, err
	}
	if err := prompt.SetClock(&spec.Chat, facts); err != nil {
		return nil, err
	}
	p := &Prepared{Spec: spec, Dataset: data, Facts: facts, Tokenizer: tok, Arms: arms, Probes: probes, endOfTurn: -1, SpanSets: prompt.NewSpanSets()}
	var err error
	if p.Points, err = m.Select(spec.Capture.Hooks); err != nil {
		return nil, err
	}
	if len(p.Points)+len(p.Probes) == 0 {
		return nil, hint.Usage(fmt.Errorf("capture.hooks names no hook point"), "name at least one, for example resid_post")
	}
	r, err := prompt.NewRenderer(spec.Chat, facts)
	if err != nil {
		return nil, err
	}
	if t, ok := r.EndOfTurn(tok); ok {
		p.endOfTurn = t
	}
	pl, err := newPlanner(p, r)
	if err != nil {
		return nil, err
	}
	if arms != nil {
		p.Notices = slices.Clone(arms.Notices)
	}
	if err := p.findSwapSources(); err != nil {
		return nil, err
	}
	for i := range data.Rows {
		if err := pl.add(&data.Rows[i]); err != nil {
			return nil, err
		}
	}
	if err := pl.refuseEmpty(); err != nil {
		return nil, err
	}
	return p, p.chooseSizes()
}

// chooseSizes decides what depends on all the samples: the length of a pattern's rows,
// and how many sequences are decoded at once.
func (p *Prepared) chooseSizes() error {
	p.Solo = p.Spec.Engine.BatchInvariant || p.Facts.Recurrent // whose graph wants sequences of one length, in another order
	for i := range p.Points {
		if p.Points[i].Site == hooks.Pattern {
			p.Solo = true // a cell of the cache is a position only where there is one sequence
			p.Points[i].Shape = []int{p.Points[i].Shape[0], p.Context}
		}
	}
	batch := &p.Spec.Engine.Batch
	switch {
	case p.HasPattern() && p.Spec.Engine.FlashAttn == "on":
		return hint.Usage(fmt.Errorf("flash attention computes no attention patterns, and engine.flash_attn is on"), "leave the pattern out, or set engine.flash_attn to auto")
	case p.HasPattern() && models.Quantised(p.Spec.Engine.CacheType()):
		return hint.Usage(fmt.Errorf("attention patterns are computed without flash attention, which a KV cache of %s needs", p.Spec.Engine.KVType), "leave engine.kv_type out (or f16, bf16, f32), or the pattern")
	case p.Facts.Recurrent && *batch > 1 && !p.Spec.Engine.BatchInvariant:
		return hint.Usage(fmt.Errorf("models with recurrent blocks (%s) are decoded one sequence at a time; engine.batch is %d", p.Facts.Architecture, *batch), "leave engine.batch out")
	case p.Solo && *batch > 1 && !p.Spec.Engine.BatchInvariant:
		return hint.Usage(fmt.Errorf("attention patterns are captured one sequence at a time; engine.batch is %d", *batch), "leave engine.batch out, or the pattern")
	case p.Solo:
		*batch = 1
	case *batch == 0:
		*batch = spec.Auto(min(defaultBatch, len(p.Jobs)))
	}
	if err := p.arrange(); err != nil {
		return err
	}
	if p.Spec.Capture.Group == 0 {
		p.Spec.Capture.Group = spec.Auto(p.groupSamples())
	}
	p.Spec.Capture.Group = spec.Auto(roundUp(int(p.Spec.Capture.Group), p.Unit))
	if n := p.Plan().Groups(); n > mostGroups {
		return hint.Usage(fmt.Errorf("%d groups of %d samples; a run has at most %d groups", n, p.Spec.Capture.Group, mostGroups), "set capture.group to more samples")
	}
	return nil
}

// defaultBatch is how many sequences are decoded at once where nothing else is
// asked for: beyond it, two cores gain little and every further one takes memory.
const defaultBatch = 16
