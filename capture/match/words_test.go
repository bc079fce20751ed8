package match

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWordsAreComparedNormalised(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"  \n\t ":                          "",
		"The Earth is FLAT!":               "the|earth|is|flat",
		"ﬁne Ｗｉｄｅ x²":                      "fine|wide|x2",
		"Straße STRASSE":                   "strasse|strasse",
		"Don't, don’t donʼt 'tis":          "dont|dont|dont|tis",
		"twenty-one":                       "twenty|one",
		"1,000,000.50 1,2 3.14.":           "1000000.50|1|2|3.14",
		"-5 −5 5-7 a-5":                    "-5|-5|5|7|a|5",
		"$5 + €6 = 50%":                    "$|5|+|€|6|=|50",
		"soft\u00adhyphen zero\u200bwidth": "softhyphen|zerowidth",
		"東京です":                             "東|京|で|す",
		"สวัส":                             "ส|ว|ั|ส",
		"e\u0301te\u0301 été":              "été|été",
		"snake_case":                       "snake|case",
	} {
		var got []string
		for i, w := range Words(text) {
			assert.Equal(t, i, w.at)
			got = append(got, w.Text)
		}
		assert.Equal(t, want, strings.Join(got, "|"), text)
	}
}

func TestAPhraseStandsInWholeWords(t *testing.T) {
	for _, c := range []struct {
		phrase, text    string
		contains, equal bool
		starts          bool
	}{
		{"no", "I know it", false, false, false},
		{"no", "I say: No.", true, false, false},
		{"no", "No!", true, true, true},
		{"The Eiffel Tower", "It is an Eiffel tower.", true, false, false},
		{"Eiffel Tower", "the eiffel tower", true, true, true},
		{"New York", "new, York", true, true, true},
		{"New York", "York is new", false, false, false},
		{"3", "There are three.", true, false, false},
		{"three", "3", true, true, true},
		{"13", "3", false, false, false},
		{"three musketeers", "3 musketeers", true, true, true},
		{"A", "The answer is A", true, false, false},
		{"the", "", false, false, false},
		{"京", "東京です", true, false, false},
		{"5", "-5", false, false, false},
		{"?!", "?!", false, false, false},
	} {
		p, all := NewPhrase(c.phrase, false), Words(c.text)
		assert.Equal(t, c.contains, len(p.Find(all, Contains)) > 0, "%q in %q", c.phrase, c.text)
		assert.Equal(t, c.equal, len(p.Find(all, Equals)) > 0, "%q is %q", c.phrase, c.text)
		assert.Equal(t, c.starts, len(p.Find(all, Starts)) > 0, "%q begins %q", c.phrase, c.text)
	}
}

func TestExactPhrases(t *testing.T) {
	for _, c := range []struct {
		phrase, text string
		found        bool
	}{
		{"No", "no", false}, {"No", "No.", true}, {"No", "Nothing", false}, {"A", "(A)", true}, {"the", "the", true},
		{"C++", "C ++", true}, {"C++", "C", false}, {"?!", "what ?!", true},
	} {
		assert.Equal(t, c.found, len(NewPhrase(c.phrase, true).Find(exactWords(c.text), Contains)) > 0, "%q in %q", c.phrase, c.text)
	}
}

func FuzzWords(f *testing.F) {
	for _, seed := range []string{"", "The 1,000th $5 don't −3.5 東京", "\u0301\u00ad'", "ẞ\ufb03\U0001d7d8"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, phrase, text string) {
		for _, exact := range []bool{false, true} {
			p := NewPhrase(phrase, exact)
			all := Split(text, exact)
			for _, s := range p.Find(all, Contains) {
				if s.from < 0 || s.from >= s.to || s.to > len(all) {
					t.Fatalf("%v of %d words", s, len(all))
				}
			}
			if own := Split(phrase, exact); len(p.words) > 0 && len(p.Find(own, Equals)) != 1 {
				t.Fatalf("%q is not in itself: %q in %v", phrase, p.words, own)
			}
		}
	})
}
