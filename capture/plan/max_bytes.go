package plan

// About what a group's files take beside their rows, for each column of activations more; a
// sample in the table of samples beside its texts, an option beside its name, and a token
// that is drawn.
const (
	groupOverhead  = 16 << 10
	columnOverhead = 1 << 10
	sampleOverhead = 256
	optionOverhead = 16
	drawnText      = 8
)

// MaxBytes estimates the size of the files from above.
func (p *Prepared) MaxBytes() int64 {
	total, groups := p.activationBytes(), int64(1)
	if p.Spec.Capture.Group > 0 {
		groups = int64(p.Plan().Groups())
	}
	total += groups * int64(groupOverhead+columnOverhead*len(p.Columns()))
	for i := range p.Jobs {
		total += p.Jobs[i].textBytes()
		if p.Spec.Capture.Rows {
			total += int64(p.Jobs[i].MostRows) * p.Jobs[i].editedBytes()
		}
	}
	return total
}

// textBytes is about what the sample's row of the table of samples takes.
func (j *Job) textBytes() int64 {
	n := sampleOverhead + len(j.ID()) + len(j.Text()) + len(j.Row.Meta)
	for _, text := range []*string{j.Response, j.Row.Label, j.Row.Group, j.Row.Split, j.Row.Pair, j.Row.Question, j.Row.Condition, j.Row.Style, j.Row.Stage} {
		if text != nil {
			n += len(*text)
		}
	}
	if !j.ResponseGiven() {
		n += drawnText * j.Draws.MaxTokens
	}
	if j.Arm != nil {
		n += len(j.Arm.Name)
	}
	for i := range j.Prompt.Alternatives {
		for _, name := range j.Prompt.Alternatives[i].Names() {
			n += optionOverhead + len(name)
		}
	}
	return int64(n)
}

// editedBytes is what a row that all interventions of the sample's arm edit takes in the
// columns edited and scores.
func (j *Job) editedBytes() (n int64) {
	if j.Arm == nil {
		return 0
	}
	for i := range j.Arm.Parts {
		n += int64(len(j.Arm.Parts[i].Name) + 4)
		if j.Arm.Parts[i].When != nil {
			n += 8
		}
	}
	return n
}
