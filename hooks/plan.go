package hooks

// Plan is what the engine copies at each decode.
type Plan struct {
	Points []Located // in column order
	Half   bool      // as float16, rounded to nearest even
}

// Outputs says whether a point is computed for output tokens alone.
func (p *Plan) Outputs() bool {
	for _, l := range p.Points {
		if l.Output {
			return true
		}
	}
	return false
}

// Last is the last node that the plan reads, -1 if it reads none.
func (p *Plan) Last() int {
	last := -1
	for _, l := range p.Points {
		last = max(last, l.Node)
	}
	return last
}
