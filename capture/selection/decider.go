package selection

// Decider decides on the tokens of a sample in their order. Some decisions wait for
// later tokens: a slice that counts from the end.
type Decider interface {
	Push(*Token) // the next token
	EndPrompt()  // the next ones are of the response
	End()        // there are no more
	// Next gives the decision on the oldest token that has none yet; false while it
	// cannot be made.
	Next() (selected, ok bool)
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

// atomDecider decides on each token by itself.
type atomDecider struct {
	match func(*Token) bool
	made  queued
}

func (s *atomDecider) Push(t *Token)      { s.made = append(s.made, s.match(t)) }
func (s *atomDecider) EndPrompt()         {}
func (s *atomDecider) End()               {}
func (s *atomDecider) Next() (bool, bool) { return s.made.take() }

// pairDecider joins two decisions once both are made.
type pairDecider struct {
	a, b     Decider
	join     func(a, b bool) bool
	ofA, ofB queued
}

func (s *pairDecider) Push(t *Token) { s.a.Push(t); s.b.Push(t) }
func (s *pairDecider) EndPrompt()    { s.a.EndPrompt(); s.b.EndPrompt() }
func (s *pairDecider) End()          { s.a.End(); s.b.End() }

func (s *pairDecider) Next() (bool, bool) {
	if len(s.ofA) == 0 {
		if x, ok := s.a.Next(); ok {
			s.ofA = append(s.ofA, x)
		}
	}
	if len(s.ofB) == 0 {
		if x, ok := s.b.Next(); ok {
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

// notDecider turns decisions round.
type notDecider struct{ Decider }

func (s notDecider) Next() (bool, bool) {
	x, ok := s.Decider.Next()
	return !x, ok
}

// sliceDecider numbers what it is given and keeps a range of it. How many there are
// in the end is not known before: at least as many as have come.
type sliceDecider struct {
	Decider
	from, to *int
	prompt   bool  // nothing of a response is selected below
	waiting  []int // number of each token that is not decided on, -1 for one not selected below
	count    int   // selected below so far
	ended    bool
}

func (s *sliceDecider) EndPrompt() {
	s.Decider.EndPrompt()
	s.ended = s.ended || s.prompt
}

func (s *sliceDecider) End() {
	s.Decider.End()
	s.ended = true
}

func (s *sliceDecider) Next() (bool, bool) {
	for x, ok := s.Decider.Next(); ok; x, ok = s.Decider.Next() {
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
func (s *sliceDecider) decide(n int) (selected, ok bool) {
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
