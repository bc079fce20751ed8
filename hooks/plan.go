package hooks

// Plan is what the engine does at the nodes of each decode: the edits first, then the
// copies and scores, so that a column of an edited point holds what went on.
type Plan struct {
	Reads  []Located // what is copied, in column order
	Half   bool      // copies are float16, rounded to nearest even
	Scores []Score   // what is computed of the tokens that have a target
	Edits  []Edit    // what may be changed; which of them are, a batch says for each of its tokens
}

// Score is a probe that the engine reads rows of one point with, after all edits there:
// x·v + b, in float64 and rounded to float32. The slice belongs to whoever made the score
// and must not change while a plan holds it.
type Score struct {
	Located
	Name   string    // of the probe
	Vector []float32 // v, as wide as the point's rows
	Bias   float32   // b
}

// Outputs says whether a point is computed for output tokens alone.
func (p *Plan) Outputs() bool {
	for _, l := range p.Reads {
		if l.Output {
			return true
		}
	}
	for i := range p.Scores {
		if p.Scores[i].Output {
			return true
		}
	}
	return p.EditsOutputs()
}

// EditsOutputs says whether an edited point is computed for output tokens alone.
func (p *Plan) EditsOutputs() bool {
	for i := range p.Edits {
		if p.Edits[i].Output {
			return true
		}
	}
	return false
}

// Last is the last node that the plan reads, scores or edits, -1 if there is none.
func (p *Plan) Last() int {
	last := -1
	for _, l := range p.Reads {
		last = max(last, l.Node)
	}
	for i := range p.Scores {
		last = max(last, p.Scores[i].Node)
	}
	for i := range p.Edits {
		last = max(last, p.Edits[i].Node)
	}
	return last
}

// At gives the point of a copy, numbered after these of a score, or after both of an edit.
func (p *Plan) At(i int) Located {
	if i < len(p.Reads) {
		return p.Reads[i]
	}
	if i -= len(p.Reads); i < len(p.Scores) {
		return p.Scores[i].Located
	}
	return p.Edits[i-len(p.Scores)].Located
}

// Bytes is the size of the floats of edits and scores.
func (p *Plan) Bytes() (n uint64) {
	for i := range p.Edits {
		n += 4 * uint64(len(p.Edits[i].Vector)+len(p.Edits[i].Bias))
	}
	for i := range p.Scores {
		n += 4 * uint64(len(p.Scores[i].Vector))
	}
	return n
}
