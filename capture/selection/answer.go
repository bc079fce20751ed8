package selection

// Answer says whether a token is selected.
type Answer int8

// It is not, it is, or it cannot be known.
const (
	No Answer = iota
	Yes
	Unknown
)

// Answers decides on the tokens of a sample of which not all is known: each may be one of
// several. An answer that is not Unknown holds whatever they are; one that is Unknown may be
// so although no choice among them changes it, where an expression asks twice about the same
// token. Where each token can be one alone, the answers are those of a [Decider].
func (s *Selection) Answers(tokens [][]Token) []Answer { return s.root.answers(tokens) }

// Local says whether the expression decides on each token by what it is, whatever the others
// are.
func (s *Selection) Local() bool { return s.root.local() }

func (a *atom) local() bool { return true }
func (n union) local() bool { return n.a.local() && n.b.local() }
func (n both) local() bool  { return n.a.local() && n.b.local() }
func (n not) local() bool   { return n.a.local() }
func (n slice) local() bool { return false }

func (a *atom) answers(tokens [][]Token) []Answer {
	out := make([]Answer, len(tokens))
	for i, possible := range tokens {
		for k := range possible {
			switch is := truth(a.match(&possible[k])); {
			case k == 0:
				out[i] = is
			case out[i] != is:
				out[i] = Unknown
			}
		}
	}
	return out
}

func truth(is bool) Answer {
	if is {
		return Yes
	}
	return No
}

func (n union) answers(tokens [][]Token) []Answer {
	return joined(n.a.answers(tokens), n.b.answers(tokens), Yes)
}

func (n both) answers(tokens [][]Token) []Answer {
	return joined(n.a.answers(tokens), n.b.answers(tokens), No)
}

// joined is the answer of two, of which one settles it alone.
func joined(a, b []Answer, settles Answer) []Answer {
	for i := range a {
		a[i] = join(a[i], b[i], settles)
	}
	return a
}

// join is Kleene's strong logic of three values (1938).
func join(a, b, settles Answer) Answer {
	switch {
	case a == settles || b == settles:
		return settles
	case a == Unknown || b == Unknown:
		return Unknown
	}
	return a
}

func (n not) answers(tokens [][]Token) []Answer {
	out := n.a.answers(tokens)
	for i := range out {
		out[i] = map[Answer]Answer{Yes: No, No: Yes, Unknown: Unknown}[out[i]]
	}
	return out
}

// answers counts the least and the most tokens that are selected below, before each token
// and after it.
func (n slice) answers(tokens [][]Token) []Answer {
	out := n.a.answers(tokens)
	var after, before counts
	for _, x := range out {
		after.add(x)
	}
	for i, x := range out {
		after.drop(x)
		out[i] = join(join(x, n.begins(before, after), No), n.ends(before, after), No)
		before.add(x)
	}
	return out
}

// counts are the least and the most tokens that may be selected.
type counts struct{ least, most int }

func (c *counts) add(x Answer)  { c.change(x, 1) }
func (c *counts) drop(x Answer) { c.change(x, -1) }

func (c *counts) change(x Answer, by int) {
	if x == Yes {
		c.least += by
	}
	if x != No {
		c.most += by
	}
}

// atLeast says whether the count reaches n.
func (c counts) atLeast(n int) Answer {
	switch {
	case c.least >= n:
		return Yes
	case c.most < n:
		return No
	}
	return Unknown
}

// below is the contrary of atLeast.
func (c counts) below(n int) Answer {
	switch c.atLeast(n) {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}

// begins says whether a token lies behind the slice's beginning.
func (n slice) begins(before, after counts) Answer {
	switch {
	case n.from == nil:
		return Yes
	case *n.from < 0:
		return after.below(-*n.from)
	}
	return before.atLeast(*n.from)
}

// ends says whether a token lies before the slice's end.
func (n slice) ends(before, after counts) Answer {
	switch {
	case n.to == nil:
		return Yes
	case *n.to < 0:
		return after.atLeast(-*n.to)
	}
	return before.below(*n.to)
}
