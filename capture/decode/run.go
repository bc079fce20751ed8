package decode

import (
	"context"
	"errors"
	"io"

	"intentprobe/capture/plan"
	"intentprobe/storage/rowmem"
)

// Run decodes the groups of the source, one after another, and commits each, until the
// source has no more. When ctx ends or a decode fails, the sink is told to abandon the
// group under way before the error is returned: what was finished of it may be kept.
// After an error of the sink nothing more is decoded. See Sink and Source for what is
// called when.
func (r *Runner) Run(ctx context.Context) error {
	p := r.Prepared
	var err error
	if r.plan, err = p.HookPlan(r.Map); err != nil {
		return err
	}
	if err := r.Engine.SetPlan(r.plan); err != nil {
		return err
	}
	columns := p.Columns()
	r.layout, r.outputs, r.laterLogits = rowmem.NewLayout(columns), r.plan.Outputs(), p.LaterLogits()
	r.room = r.Engine.Options().Tokens - r.prefixSequences()*p.LongestPrompt()
	r.done.TotalSamples = r.Source.Samples()
	if err := r.Sink.Start(columns); err != nil {
		return err
	}
	for {
		g, err := r.Source.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.group(ctx, g); err != nil {
			return err
		}
	}
}

// group decodes a group and commits it.
func (r *Runner) group(ctx context.Context, g *JobGroup) error {
	if err := r.Sink.StartGroup(g.Number, g.First); err != nil {
		return err
	}
	err := r.decodeJobs(ctx, g.Jobs)
	if r.Sound != nil {
		if serr := r.Sound(); serr != nil {
			return r.Sink.Discard(serr)
		}
	}
	if err != nil {
		return errors.Join(err, ignoreSticky(err, r.Sink.Abandon()))
	}
	return r.Sink.Commit()
}

// ignoreSticky drops the sink's error where it is the one that is told already.
func ignoreSticky(told, err error) error {
	if err != nil && errors.Is(told, err) {
		return nil
	}
	return err
}

// decodeJobs decodes the samples of a group: as many at once as there is room for, and
// where one ends the next begins. Follow-ups wait until they fill a micro-batch. Who
// is decoded with whom is decided by the spec and by how long the responses become,
// never by time.
func (r *Runner) decodeJobs(ctx context.Context, jobs []plan.Job) error {
	r.reset()
	r.newBases(jobs)
	defer r.close()
	families := familiesOf(jobs)
	lengths := r.prefixesOf(families)
	for next := 0; next < len(families) || len(r.running)+len(r.parents) > 0; {
		var admitted []*sequence
		for !r.followupsDue() && next < len(families) && r.admits(&families[next], admitted) {
			s := r.begin(&families[next])
			admitted = append(admitted, s)
			if lengths != nil {
				if err := r.usePrefixes(ctx, s, lengths[next]); err != nil {
					return err
				}
			}
			next++
		}
		if len(admitted) == 0 && (r.followupsDue() || len(r.running) == 0 || next < len(families) && r.sampled() < r.batchSize()) {
			admitted = r.beginFollowups()
		}
		var err error
		if len(admitted) > 0 {
			err = r.prefill(ctx, admitted)
		} else {
			err = r.step(ctx, r.running)
		}
		if err != nil {
			return err
		}
		r.retire()
	}
	return nil
}
