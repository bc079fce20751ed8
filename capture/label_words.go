package capture

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// word is a word of a text, and its place among all of them: a number may be several.
type word struct {
	text    string
	at, end int
	gap     gap // before it
}

// gap is what stands between a word and the one before it.
type gap int

const (
	near      gap = iota // spaces or hyphens
	comma                // a comma
	apartFrom            // any other punctuation, or a line break
)

// words gives the words of a text for comparing: in NFKC, case folded, without
// punctuation. docs/labels.md says what a word is.
func words(text string) (out []word) {
	text = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(partedNumbers(text))))
	return wordsOf([]rune(spelling.Replace(text)), normalWord)
}

var spelling = strings.NewReplacer("−", "-", "\u2044", "/", "\u2010", "-")

// partedNumbers keeps what NFKC would join to a number: 3½ is not 31/2, 10⁶ not 106,
// and joins what only a narrow space parts.
func partedNumbers(text string) string {
	runes := []rune(text)
	var out []rune
	for i, r := range runes {
		behind := unicode.IsDigit(runeAt(runes, i-1))
		switch {
		case behind && unicode.Is(unicode.No, r) && unicode.IsDigit([]rune(norm.NFKC.String(string(r)))[0]) && len([]rune(norm.NFKC.String(string(r)))) == 1:
			out = append(out, '^', r)
			continue
		case behind && unicode.Is(unicode.No, r):
			out = append(out, ' ')
		case behind && narrow(r) && thousands(runes, i), behind && r == ' ' && spacedThousands(runes, i):
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

// narrow says whether a character is a space that a line is not broken at, or a thin one.
func narrow(r rune) bool { return r == '\u00a0' || r == '\u202f' || r >= '\u2004' && r <= '\u200a' }

// spacedThousands says whether a space between digits parts the thousands of a number:
// at most three digits, then spaces and three digits each, with no other digits near.
// 1 000 000 is a number; 2020 100 000 and 1 000 10 are several.
func spacedThousands(text []rune, i int) bool {
	from := i // where the digits that are looked at end
	for {
		n := 0
		for unicode.IsDigit(runeAt(text, from-1-n)) {
			n++
		}
		from -= n
		goesOn := unicode.IsDigit(runeAt(text, from-2)) && !isWordRune(runeAt(text, from-1))
		if goesOn && n == 3 && runeAt(text, from-1) == ' ' {
			from--
			continue
		}
		if n > 3 || goesOn || isWordRune(runeAt(text, from-1)) || text[from] == '0' {
			return false
		}
		break
	}
	to := i
	for thousands(text, to) {
		if to += 4; runeAt(text, to) != ' ' || !unicode.IsDigit(runeAt(text, to+1)) {
			return true
		}
	}
	return false
}

// exactWords gives the words of a text as it is: letters and digits in a row are one,
// every other character but white space is one of its own.
func exactWords(text string) []word {
	return wordsOf([]rune(text), func(text []rune, i int) joint {
		switch {
		case unicode.IsSpace(text[i]):
			return apart
		case isWordRune(text[i]):
			return within
		}
		return alone
	})
}

// joint is what a character is to the words beside it.
type joint int

const (
	within joint = iota // part of a word
	alone               // a word by itself
	apart               // between words
	unseen              // nothing: a word goes on behind it
)

func wordsOf(text []rune, of func(text []rune, i int) joint) (out []word) {
	var at []rune
	between := near
	end := func() {
		if len(at) > 0 {
			out = append(out, word{string(at), len(out), len(out) + 1, between})
			between = near
		}
		at = nil
	}
	for i, r := range text {
		switch of(text, i) {
		case within:
			at = append(at, r)
		case alone:
			end()
			at = append(at, r)
			end()
		case apart:
			end()
			between = max(between, gapOf(r))
		}
	}
	end()
	return out
}

func gapOf(r rune) gap {
	switch {
	case r == ',':
		return comma
	case r == '-', unicode.IsSpace(r) && r != '\n':
		return near
	}
	return apartFrom
}

// unspaced are the scripts that put no space between words: each of their characters
// is compared as a word.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

func isWordRune(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.N) }

// normalWord says what a character of a normalised text is.
func normalWord(text []rune, i int) joint {
	before, after := runeAt(text, i-1), runeAt(text, i+1)
	digits := unicode.IsDigit(before) && unicode.IsDigit(after)
	switch r := text[i]; {
	case r == '\u02bc' || unicode.Is(unicode.Cf, r): // an apostrophe that is a letter; soft hyphens and the like
		return unseen
	case unicode.In(r, unspaced...):
		return alone
	case isWordRune(r):
		return within
	case (r == '\'' || r == '’') && isWordRune(before) && isWordRune(after):
		return unseen
	case r == '.' && digits, r == '/' && digits && aFraction(text, i):
		return within
	case r == '.' && unicode.IsDigit(after) && !isWordRune(before) && before != '.': // .5
		return within
	case (r == ',' || r == '_') && digits && thousands(text, i):
		return unseen
	case r == '-' && !isWordRune(before) && (unicode.IsDigit(after) || after == '.' && unicode.IsDigit(runeAt(text, i+2))):
		return within
	case unicode.IsSymbol(r):
		return alone
	}
	return apart
}

// thousands says whether exactly three digits follow.
func thousands(text []rune, i int) bool {
	for n := 1; n <= 3; n++ {
		if !unicode.IsDigit(runeAt(text, i+n)) {
			return false
		}
	}
	return !unicode.IsDigit(runeAt(text, i+4))
}

// aFraction says whether the numbers before and behind a slash are the only ones that
// slashes part here, unlike those of a date.
func aFraction(text []rune, i int) bool {
	from, to := i-1, i+1
	for unicode.IsDigit(runeAt(text, from)) {
		from--
	}
	for unicode.IsDigit(runeAt(text, to)) {
		to++
	}
	return runeAt(text, from) != '/' && runeAt(text, to) != '/'
}

// runeAt gives a character, a space outside of the text.
func runeAt(text []rune, i int) rune {
	if i < 0 || i >= len(text) {
		return ' '
	}
	return text[i]
}

var articles = []string{"a", "an", "the"}

// phrase is a text that is looked for in others.
type phrase struct {
	words    []string
	articles bool // they count, since it has nothing else
	exact    bool
}

// newPhrase gives the phrase of a text; one without words is found nowhere.
func newPhrase(text string, exact bool) phrase {
	p := phrase{exact: exact}
	all := p.split(text)
	p.articles = !slices.ContainsFunc(all, func(w word) bool { return !slices.Contains(articles, w.text) })
	for _, w := range p.counting(all) {
		p.words = append(p.words, w.text)
	}
	return p
}

func (p phrase) split(text string) []word {
	if p.exact {
		return exactWords(text)
	}
	return words(text)
}

// counting gives the words that count where the phrase is looked for.
func (p phrase) counting(all []word) (out []word) {
	if p.exact {
		return all
	}
	for _, w := range withNumbers(all) {
		if p.articles || !slices.Contains(articles, w.text) {
			out = append(out, w)
		}
	}
	return out
}

// wordRange is where a phrase stands in a text: words from and up to, not included.
type wordRange struct{ from, to int }

// find gives all places at which the phrase stands in a text's words.
func (p phrase) find(all []word, kind string) (out []wordRange) {
	text := p.counting(all)
	if len(p.words) == 0 || kind == "equals" && len(text) != len(p.words) {
		return nil
	}
	last := len(text) - len(p.words)
	if kind == "starts" {
		last = min(last, 0)
	}
	for i := 0; i <= last; i++ {
		if slices.EqualFunc(p.words, text[i:i+len(p.words)], func(a string, b word) bool { return a == b.text }) {
			out = append(out, wordRange{text[i].at, text[i+len(p.words)-1].end})
		}
	}
	return out
}

// inside says whether a range lies within another of more words.
func (s wordRange) inside(others []wordRange) bool {
	return slices.ContainsFunc(others, func(o wordRange) bool { return o.from <= s.from && s.to <= o.to && o != s })
}
