package capture

import (
	"context"

	"intentprobe/models"
)

// family is a sample and its follow-ups.
type family struct {
	job       *Job
	followups []Job
}

// familiesOf parts the jobs of a group, where follow-ups stand behind their sample.
func familiesOf(jobs []Job) (out []family) {
	for i := range jobs {
		if jobs[i].Followup == nil {
			out = append(out, family{job: &jobs[i]})
			continue
		}
		last := &out[len(out)-1]
		last.followups = append(last.followups, jobs[i])
	}
	return out
}

// cells is how much of the cache the family may take.
func (f *family) cells() int {
	n := f.job.maxTokens() + f.job.branchTokens()
	for i := range f.followups {
		n += f.followups[i].maxTokens() + f.followups[i].branchTokens()
	}
	return n
}

// due says whether the follow-ups that wait fill a micro-batch.
func (r *Runner) due() bool {
	tokens := 0
	for _, s := range r.asking {
		for _, child := range s.children {
			tokens += len(child.job.Tokens()) + len(child.job.Given)
		}
	}
	return len(r.asking) > 0 && tokens >= r.Engine.Options().MicroBatch
}

// rewind takes samples that have ended and are asked on back to the end of their
// responses, where stop tokens were decoded behind: what is asked goes on from the
// conversation that the files record. Where the model's state cannot be taken back, the
// tokens up to there are decoded again.
func (r *Runner) rewind(ctx context.Context, items []item) error {
	for i, it := range items {
		s := it.s
		if last := i+1 == len(items) || items[i+1].s != s; !last || !s.ended || len(s.children) == 0 || s.decoded <= s.answered() {
			continue
		}
		s.decoded = s.answered()
		if r.Engine.TrimSequence(s.slot, s.decoded) {
			continue
		}
		r.Engine.RemoveSequence(s.slot)
		if err := r.decodeAgain(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// decodeAgain puts a sample's tokens into the cache, as far as it was decoded.
func (r *Runner) decodeAgain(ctx context.Context, s *sequence) error {
	for from := 0; from < s.decoded; from += r.Engine.Options().MicroBatch {
		r.batch.Reset()
		for at := from; at < min(from+r.Engine.Options().MicroBatch, s.decoded); at++ {
			r.batch.Add(s.token(at), at, s.slot, false)
		}
		r.targets = make([]models.Target, r.batch.Len()) // nothing is captured
		if err := r.run(ctx, models.Extent{Stop: true, Node: max(r.plan.Last(), r.Map.CacheDone)}, s); err != nil {
			return err
		}
	}
	return nil
}

// ask begins the follow-ups that have waited longest, as many as fill a micro-batch,
// each in a sequence that goes on from its parent's end.
func (r *Runner) ask() (admitted []*sequence) {
	tokens := 0
	for len(r.asking) > 0 && len(r.slots) > r.Prepared.probes() {
		parent := r.asking[0]
		s := parent.children[0]
		tokens += len(s.job.Tokens()) + len(s.job.Given)
		full := len(admitted) > 0 && tokens > r.Engine.Options().MicroBatch
		if full || !s.job.known() && r.sampled() >= r.batchSize() {
			return admitted
		}
		parent.children = parent.children[1:]
		s.slot, s.start = r.take(), parent.behind()
		r.Engine.CopySequence(parent.slot, s.slot)
		s.open()
		admitted, r.running = append(admitted, s), append(r.running, s)
		if len(parent.children) == 0 {
			r.asking = r.asking[1:]
			r.free(parent.slot)
		}
	}
	return admitted
}
