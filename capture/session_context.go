package capture

import (
	"context"
	"fmt"
	"time"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models"
)

// decoding is a session's context and what it was found to offer.
type decoding struct {
	*Session
	engine *models.Context
	hooks  *hooks.Map
	checks []hooks.Identity
	since  time.Time
	setup  time.Duration
	watch  func(Watched) // may be nil
}

// begin makes the context and checks the points in it.
func (s *Session) begin(ctx context.Context) (*decoding, error) {
	d := &decoding{Session: s, since: time.Now()}
	var err error
	if d.engine, err = s.model.NewContext(s.Prepared.ContextOptions(s.Threads)); err != nil {
		return nil, s.suggestBatch(err)
	}
	if d.hooks, d.checks, err = SurveyContext(ctx, d.engine, s.Prepared.Facts); err == nil {
		_, err = s.Prepared.HookPlan(d.hooks)
	}
	if err == nil {
		err = d.checkAsked()
	}
	if err == nil {
		err = d.checkEdits(ctx)
	}
	if err != nil {
		d.engine.Close()
		return nil, err
	}
	d.setup = time.Since(d.since)
	return d, nil
}

// checkEdits checks that the points that are edited can be.
func (d *decoding) checkEdits(ctx context.Context) error {
	if d.arms == nil {
		return nil
	}
	plan, err := d.Prepared.HookPlan(d.hooks)
	if err != nil {
		return err
	}
	weights := newModelWeights(d.Prepared.Facts)
	defer weights.close()
	return SurveyEdits(ctx, d.engine, d.hooks, plan.Edits, d.Prepared.Facts, weights, len(d.placement.used()) == 0)
}

// checkAsked refuses settings that the graph shows to be passed over.
func (d *decoding) checkAsked() error {
	e, arch := &d.Spec.Engine, d.Prepared.Facts.Architecture
	switch {
	case e.FlashAttn == "on" && !d.hooks.Graph.FlashAttention():
		return hint.Usage(fmt.Errorf("engine.flash_attn is on, and llama.cpp computes nothing of this model (%s) with flash attention", arch), "leave engine.flash_attn out")
	case e.KVType != "auto" && e.KVType != "" && !d.hooks.Graph.KeyCache():
		return hint.Usage(fmt.Errorf("engine.kv_type is %s, and this model (%s) keeps no keys and values", e.KVType, arch), "leave engine.kv_type out")
	}
	return nil
}
