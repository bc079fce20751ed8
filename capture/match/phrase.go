package match

import "slices"

var articles = []string{"a", "an", "the"}

// Phrase is a text that is looked for in others.
type Phrase struct {
	words    []string
	articles bool // they count, since it has nothing else
	exact    bool
}

// NewPhrase gives the phrase of a text: to be found exactly as it is, or by normalised
// words. One without words is found nowhere.
func NewPhrase(text string, exact bool) Phrase {
	p := Phrase{exact: exact}
	all := Split(text, exact)
	p.articles = !slices.ContainsFunc(all, func(w Word) bool { return !slices.Contains(articles, w.Text) })
	for _, w := range p.counting(all) {
		p.words = append(p.words, w.Text)
	}
	return p
}

// Empty says whether the phrase has no word, so that it is found nowhere.
func (p Phrase) Empty() bool { return len(p.words) == 0 }

// counting gives the words that count where the phrase is looked for.
func (p Phrase) counting(all []Word) (out []Word) {
	if p.exact {
		return all
	}
	for _, w := range withNumbers(all) {
		if p.articles || !slices.Contains(articles, w.Text) {
			out = append(out, w)
		}
	}
	return out
}

// Relation says how a phrase must stand in a text.
type Relation string

// The relations of a phrase to a text.
const (
	Contains Relation = "contains" // the phrase stands anywhere in it
	Equals   Relation = "equals"   // the phrase is all of it
	Starts   Relation = "starts"   // the phrase is its beginning
)

// Range is where a phrase stands in a text: from word number from up to word number
// to, which is not included.
type Range struct{ from, to int }

// Find gives all places at which the phrase stands in the words of a text. The words are
// those that Split gives, with the exact of the phrase.
func (p Phrase) Find(all []Word, how Relation) (out []Range) {
	text := p.counting(all)
	if len(p.words) == 0 || how == Equals && len(text) != len(p.words) {
		return nil
	}
	last := len(text) - len(p.words)
	if how == Starts {
		last = min(last, 0)
	}
	for i := 0; i <= last; i++ {
		if slices.EqualFunc(p.words, text[i:i+len(p.words)], func(a string, b Word) bool { return a == b.Text }) {
			out = append(out, Range{text[i].at, text[i+len(p.words)-1].end})
		}
	}
	return out
}

// Inside says whether a range lies within another of more words.
func (r Range) Inside(others []Range) bool {
	return slices.ContainsFunc(others, func(o Range) bool { return o.from <= r.from && r.to <= o.to && o != r })
}
