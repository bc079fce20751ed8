package match

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNumbersInWords(t *testing.T) {
	for text, want := range map[string]string{
		"one":                                      "1",
		"Fifty-one is larger":                      "51|is|larger",
		"fifty one":                                "51",
		"fifty‐one fifty‑one":                      "51|51",
		"three hundred":                            "300",
		"a hundred, an hundred and a":              "100|100|and|a",
		"one hundred and five":                     "105",
		"one hundred five":                         "105",
		"one hundred and two hundred":              "100|and|200",
		"one hundred and two thousand":             "102000",
		"hundred":                                  "hundred",
		"hundreds of them":                         "hundreds|of|them",
		"nineteen hundred":                         "1900",
		"ninety-nine hundred and ninety-nine":      "9999",
		"two thousand and five":                    "2005",
		"two thousand five hundred":                "2500",
		"three hundred thousand":                   "300000",
		"two hundred and fifty thousand":           "250000",
		"one million two hundred thousand and six": "1200006",
		"one million, two hundred thousand":        "1200000",
		"one hundred twenty-three thousand, four hundred fifty-six": "123456",
		"one thousand, five":                                 "1000|5",
		"one thousand and two thousand":                      "1000|and|2000",
		"one million two million":                            "1000000|2000000",
		"twelve trillion":                                    "12000000000000",
		"one thousand million":                               "1000|million",
		"3 million and 1.5 thousand":                         "3000000|and|1500",
		"3 hundred, 2 dozen, a dozen, two dozen":             "300|24|12|24",
		"3 million 200 thousand 5":                           "3200000|5",
		"half a million, half the people":                    "500000|half|the|people",
		"two and a half million, 2 and a half":               "2500000|2.5",
		"half a dozen, two and a half dozen":                 "6|30",
		"three and a quarter, six and two thirds":            "3.25|20/3",
		"two and three quarters, 2 and a third":              "2.75|7/3",
		"two and a second, two and three":                    "2|and|a|2nd|2|and|3",
		"two and a quarter million":                          "2250000",
		"two hundredths, five thousandths, 3 twentieths":     "0.02|0.005|0.15",
		"one quadrillion, twelve quadrillion five":           "1000000000000000|12000000000000005",
		"twenty lakh; 3 crore; 5 millions; two thousands":    "2000000|30000000|5000000|2000",
		"thousands, millions of them, one thousandth, lakhs": "thousands|millions|of|them|1000th|lakhs",
		"zero zeros":                      "0|zeros",
		"one two three":                   "1|2|3",
		"one, two and three":              "1|2|and|3",
		"twenty, one":                     "20|1",
		"twenty. One":                     "20|1",
		"twenty\none":                     "20|1",
		"twenty (one)":                    "20|1",
		"thirty forty":                    "30|40",
		"five fifty":                      "5|50",
		"fifty five five":                 "55|5",
		"nineteen eighty-four":            "1984",
		"twenty twenty-four, twenty ten":  "2024|2010",
		"nineteen oh five, ten sixty-six": "1905|1066",
		"nineteen nineteen hundred":       "19|1900",
		"minus five, negative twenty one": "-5|-21",
		"ten minus five":                  "10|minus|5",
		"minus":                           "minus",
		"three point five":                "3.5",
		"three point one four, zero point oh five million": "3.14|50000",
		"three point":                                      "3|point",
		"one half, a half, half":                           "0.5|a|half|half",
		"one third, two thirds, three quarters":            "1/3|2/3|0.75",
		"one second, two seconds, the second":              "1|second|2|seconds|the|2nd",
		"third, twenty-first, twentieth, 3rd":              "3rd|21st|20th|3rd",
		"eleventh, twelfth, one hundred and first":         "11th|12th|101st",
		"one hundredth, the two thousandth":                "100th|the|2000th",
		"twenty-fifth, two fifths, 2 fifths":               "25th|0.4|0.4",
		"no one, one of them, anyone":                      "no|one|1|of|them|anyone",
		"3½ 3 1/2 ½ ⅓ 1/3":                                 "3.5|3.5|0.5|1/3|1/3",
		"12/25/2020 24/7 4/2":                              "12|25|2020|24/7|4/2",
		".5 -.5 ...5 a.5":                                  "0.5|-0.5|5|a|5",
		"10⁶ m² x²":                                        "10|^|6|m2|x2",
		"1 000 1\u202f000\u202f000 1_000 1,000 1\u00a0000": "1|000|1000000|1000|1000|1000",
		"1 000 000 people, 12 500 and -3 000.5":            "1000000|people|12500|and|-3000.5",
		"1\u2009000\u2009000 1\u2007000 1,000,000 1 000km": "1000000|1000|1000000|1|000km",
		"2020 100 000; 1 000 10; 5 1 000; v2 000; 0 100":   "2020|100|000|1|000|10|5|1|000|v2|000|0|100",
		"3.10 3.1 3.0 007":                                 "3.10|3.1|3.0|007",
		"3-5 five-year-old 5km 2nd v2":                     "3|5|5|year|old|5km|2nd|v2",
		"often tone weight sixties tens":                   "often|tone|weight|sixties|tens",
		"seven hundred and seventy-seven billion":          "777000000000",
		"one hundred and":                                  "100|and", "a": "a", "and": "and", "point five": "point|5",
	} {
		var got []string
		last := 0
		for _, w := range withNumbers(Words(text)) {
			assert.Equal(t, last, w.at, text)
			last = w.end
			got = append(got, w.Text)
		}
		assert.Equal(t, len(Words(text)), last)
		assert.Equal(t, want, strings.Join(got, "|"), text)
	}
}

func TestAnswersThatAreNumbers(t *testing.T) {
	for _, c := range []struct {
		answer, said   string
		contains, same bool
	}{
		{"1", "Fifty-one is larger.", false, false},
		{"1", "One of them.", true, false},
		{"51", "Fifty-one.", true, true},
		{"fifty-one", "51", true, true},
		{"51", "fifty one", true, true},
		{"50", "Fifty-one.", false, false},
		{"3", "three hundred", false, false},
		{"100", "three hundred", false, false},
		{"300", "It is three hundred.", true, false},
		{"three hundred", "300", true, true},
		{"105", "one hundred and five", true, true},
		{"5", "one hundred and five", false, false},
		{"100", "a hundred", true, true},
		{"a hundred", "100", true, true},
		{"3", "3.5", false, false}, {"5", "3.5", false, false}, {"3.5", "three point five", true, true},
		{"1", "1,000", false, false}, {"1000", "1,000", true, true}, {"1,000", "one thousand", true, true}, {"000", "1,000", false, false},
		{"1", "1 000 000", false, false}, {"0", "1 000 000", false, false}, {"000", "1 000 000", false, false}, {"one million", "1 000 000", true, true},
		{"3", "-3", false, false}, {"-3", "minus three", true, true}, {"3", "minus three", false, false},
		{"3", "3rd", false, false}, {"3rd", "the third", true, true}, {"3", "third", false, false}, {"1st", "first", true, true},
		{"1", "one third", false, false}, {"1/3", "a third, that is one third", true, false}, {"2", "two thirds", false, false},
		{"3", "3 million", false, false}, {"3000000", "3 million", true, true}, {"three million", "3,000,000", true, true},
		{"2", "two and a half", false, false}, {"2.5", "two and a half", true, true}, {"31", "3½", false, false}, {"106", "10⁶", false, false},
		{"1984", "nineteen eighty-four", true, true}, {"84", "nineteen eighty-four", false, false},
		{"0", "zero", true, true}, {"0", "ten", false, false}, {"1", "no one", false, false}, {"no one", "No one!", true, true},
		{"5 km", "five km", true, true}, {"five km", "5 km", true, true}, {"5", "15", false, false}, {"two", "twenty-two", false, false},
		{"Catch-22", "Catch twenty-two", true, true}, {"Seven Samurai", "seven samurai", true, true}, {"12", "a dozen", true, true},
		{"20", "twenty, one or two", true, false}, {"21", "twenty, one", false, false}, {"2020", "12/25/2020", true, false},
	} {
		p, all := NewPhrase(c.answer, false), Words(c.said)
		assert.Equal(t, c.contains, len(p.Find(all, Contains)) > 0, "%q in %q", c.answer, c.said)
		assert.Equal(t, c.same, len(p.Find(all, Equals)) > 0, "%q is %q", c.answer, c.said)
	}
	assert.NotEmpty(t, NewPhrase("51", false).Find(Words("Fifty-one, of course"), Starts))
	assert.Empty(t, NewPhrase("50", false).Find(Words("Fifty-one, of course"), Starts))
}
