package capture

// family is a sample and its follow-ups.
type family struct {
	job       *Job
	followups []Job
}

// familiesOf parts the jobs of a group, where follow-ups stand after their sample.
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
