package capture

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
