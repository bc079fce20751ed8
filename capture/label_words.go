package capture

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// word is a word of a text, and its place among all of them.
type word struct {
	text string
	at   int
}

// words gives the words of a text for comparing: in NFKC, case folded, without
// punctuation. docs/labels.md says what a word is.
func words(text string) (out []word) {
	text = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
	return wordsOf([]rune(strings.ReplaceAll(text, "−", "-")), normalWord)
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
	end := func() {
		if len(at) > 0 {
			out = append(out, word{string(at), len(out)})
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
		}
	}
	end()
	return out
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
	case r == '.' && digits:
		return within
	case r == ',' && digits && thousands(text, i):
		return unseen
	case r == '-' && unicode.IsDigit(after) && !isWordRune(before):
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

// runeAt gives a character, a space outside of the text.
func runeAt(text []rune, i int) rune {
	if i < 0 || i >= len(text) {
		return ' '
	}
	return text[i]
}

var articles = []string{"a", "an", "the"}

// numberWords are the numbers that are compared with their digits.
var numberWords = map[string]string{
	"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
	"nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
	"sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20",
}

// phrase is a text that is looked for in others.
type phrase struct {
	words    []string
	articles bool // they count, since it has nothing else
	numbers  bool // it is a number, so that number words are numbers
	exact    bool
}

// newPhrase gives the phrase of a text; one without words is found nowhere.
func newPhrase(text string, exact bool) phrase {
	p := phrase{exact: exact}
	all := p.split(text)
	p.articles = !slices.ContainsFunc(all, func(w word) bool { return !slices.Contains(articles, w.text) })
	if len(all) == 1 {
		_, named := numberWords[all[0].text]
		p.numbers = named || unicode.IsDigit([]rune(all[0].text)[0])
	}
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
	for _, w := range all {
		if !p.articles && slices.Contains(articles, w.text) {
			continue
		}
		if digits, ok := numberWords[w.text]; ok && p.numbers {
			w.text = digits
		}
		out = append(out, w)
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
			out = append(out, wordRange{text[i].at, text[i+len(p.words)-1].at + 1})
		}
	}
	return out
}

// inside says whether a range lies within another of more words.
func (s wordRange) inside(others []wordRange) bool {
	return slices.ContainsFunc(others, func(o wordRange) bool { return o.from <= s.from && s.to <= o.to && o != s })
}
