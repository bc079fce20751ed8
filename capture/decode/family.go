package decode

import (
	"intentprobe/capture/plan"
)

// family is a sample and its follow-ups.
type family struct {
	job       *plan.Job
	followups []plan.Job
}

// familiesOf parts the jobs of a group, where follow-ups stand after their sample.
func familiesOf(jobs []plan.Job) (out []family) {
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
	n := f.job.MaxTokens() + f.job.BranchTokens()
	for i := range f.followups {
		n += f.followups[i].MaxTokens() + f.followups[i].BranchTokens()
	}
	return n
}
