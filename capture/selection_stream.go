package capture

// token is what a selection knows of one token.
type token struct {
	position  int  // within the whole sequence
	response  bool // of the response, not of the prompt
	first     bool // of the response
	role      int8 // index into storage.Roles
	prefill   bool // of the given beginning of the answer
	reasoning bool
	ends      bool // ends the generation (end of turn)
	stop      bool // of the stop text that ended the response, or behind it
	spans     []string
}

// decider decides on the tokens of a sample in their order. Some decisions wait for
// later tokens: a slice that counts from the end.
type decider interface {
	push(*token) // the next token
	end()        // there are no more
	// next gives the decision on the oldest token that none was given of; false
	// where it is not made yet.
	next() (selected, ok bool)
}

func (a *selAtom) stream() decider { return &atomStream{match: a.match} }
func (n selUnion) stream() decider {
	return &pairStream{a: n.a.stream(), b: n.b.stream(), join: func(a, b bool) bool { return a || b }}
}
func (n selBoth) stream() decider {
	return &pairStream{a: n.a.stream(), b: n.b.stream(), join: func(a, b bool) bool { return a && b }}
}
func (n selNot) stream() decider { return notStream{n.a.stream()} }
func (n selSlice) stream() decider {
	return &sliceStream{decider: n.a.stream(), from: n.from, to: n.to}
}

// queued is decisions in their order.
type queued []bool

func (q *queued) take() (bool, bool) {
	if len(*q) == 0 {
		return false, false
	}
	head := (*q)[0]
	*q = (*q)[1:]
	return head, true
}

type atomStream struct {
	match func(*token) bool
	made  queued
}

func (s *atomStream) push(t *token)      { s.made = append(s.made, s.match(t)) }
func (s *atomStream) end()               {}
func (s *atomStream) next() (bool, bool) { return s.made.take() }

// pairStream joins two decisions once both are made.
type pairStream struct {
	a, b     decider
	join     func(a, b bool) bool
	ofA, ofB queued
}

func (s *pairStream) push(t *token) { s.a.push(t); s.b.push(t) }
func (s *pairStream) end()          { s.a.end(); s.b.end() }

func (s *pairStream) next() (bool, bool) {
	if len(s.ofA) == 0 {
		if x, ok := s.a.next(); ok {
			s.ofA = append(s.ofA, x)
		}
	}
	if len(s.ofB) == 0 {
		if x, ok := s.b.next(); ok {
			s.ofB = append(s.ofB, x)
		}
	}
	if len(s.ofA) == 0 || len(s.ofB) == 0 {
		return false, false
	}
	a, _ := s.ofA.take()
	b, _ := s.ofB.take()
	return s.join(a, b), true
}

type notStream struct{ decider }

func (s notStream) next() (bool, bool) {
	x, ok := s.decider.next()
	return !x, ok
}

// sliceStream numbers what it is given and keeps a range of it. How many there are
// in the end is not known before: at least as many as have come.
type sliceStream struct {
	decider
	from, to *int
	waiting  []int // number of each token that is not decided on, -1 for one not selected below
	count    int   // selected below so far
	ended    bool
}

func (s *sliceStream) end() {
	s.decider.end()
	s.ended = true
}

func (s *sliceStream) next() (bool, bool) {
	for x, ok := s.decider.next(); ok; x, ok = s.decider.next() {
		number := -1
		if x {
			number = s.count
			s.count++
		}
		s.waiting = append(s.waiting, number)
	}
	if len(s.waiting) == 0 {
		return false, false
	}
	selected, ok := s.decide(s.waiting[0])
	if ok {
		s.waiting = s.waiting[1:]
	}
	return selected, ok
}

// decide says whether number n of at least s.count is in the range.
func (s *sliceStream) decide(n int) (selected, ok bool) {
	if n < 0 {
		return false, true
	}
	after, afterKnown := true, true // n is not before the range
	if s.from != nil {
		if after = n >= *s.from; *s.from < 0 {
			after = n >= s.count+*s.from
			afterKnown = s.ended || !after // more tokens only move the range away from n
		}
	}
	before, beforeKnown := true, true
	if s.to != nil {
		if before = n < *s.to; *s.to < 0 {
			before = n < s.count+*s.to
			beforeKnown = s.ended || before
		}
	}
	switch {
	case afterKnown && !after, beforeKnown && !before:
		return false, true
	case afterKnown && beforeKnown:
		return true, true
	}
	return false, false
}
