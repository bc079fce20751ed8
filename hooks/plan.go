package hooks

// Plan is what the engine does at the nodes of each decode: the edits first, then the
// copies, so that a column of an edited point holds what went on.
type Plan struct {
	Reads []Located // what is copied, in column order
	Half  bool      // copies are float16, rounded to nearest even
	Edits []Edit    // what may be changed; which of them are, a batch says for each of its tokens
}

// Outputs says whether a point is computed for output tokens alone.
func (p *Plan) Outputs() bool {
	for _, l := range p.Reads {
		if l.Output {
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

// Last is the last node that the plan reads or edits, -1 if there is none.
func (p *Plan) Last() int {
	last := -1
	for _, l := range p.Reads {
		last = max(last, l.Node)
	}
	for i := range p.Edits {
		last = max(last, p.Edits[i].Node)
	}
	return last
}

// At gives the point of a copy or, numbered after these, of an edit.
func (p *Plan) At(i int) Located {
	if i < len(p.Reads) {
		return p.Reads[i]
	}
	return p.Edits[i-len(p.Reads)].Located
}

// EditBytes is the size of the edits' floats.
func (p *Plan) EditBytes() (n uint64) {
	for i := range p.Edits {
		n += 4 * uint64(len(p.Edits[i].Vector)+len(p.Edits[i].Bias))
	}
	return n
}
