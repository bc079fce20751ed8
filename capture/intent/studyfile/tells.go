package studyfile

import (
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// tell is the p value below which the lengths of the options give a apart from a'.
const tell = 0.01

// checkTells: neither the length of an option nor its first word says which one is the lie.
func (f *File) checkTells() error {
	longer, shorter, total, twice := 0, 0, 0, 0
	for i, family := range f.Families {
		w := f.wording(family, i, 0, 1)
		pair, err := w.scope(nil, nil).pair("options", f.Options)
		if err != nil {
			return err
		}
		switch a, other := len([]rune(pair[0])), len([]rune(pair[1])); {
		case a > other:
			longer++
		case a < other:
			shorter++
		}
		if firstWord(pair[0]) == firstWord(pair[1]) {
			twice++
		}
		total++
	}
	if len(f.Letters) == 0 && twice > 0 {
		return f.wrong("let them begin with different words, or let letters stand for them (letters: [A, B])", "in %d of %d families both options begin with the same word, so that their first tokens are the same", twice, total)
	}
	if p := sign(longer, shorter); p < tell {
		return f.wrong("let the false one be the longer one in about half of the families", "the length of the options gives the false one away: it is longer in %d families and shorter in %d (sign test, p = %.2g)", longer, shorter, p)
	}
	return nil
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return word
}

// sign is the p value of the two-sided sign test (Conover 1999, section 3.4).
func sign(more, less int) float64 {
	n := more + less
	if n == 0 {
		return 1
	}
	b := distuv.Binomial{N: float64(n), P: 0.5}
	return min(1, 2*b.CDF(float64(min(more, less))))
}
