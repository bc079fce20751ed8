package baseline

// letters is the bag of letters of texts, and of the first and the last one and two of each
// word, in lower case: what words have in common that are in one group alone each, as the ends
// of numbers that are odd.
func letters(items []Item, text func(*Item) string) *features {
	counts := make([]counted, len(items))
	for i := range items {
		counts[i] = counted{}
		for _, w := range Words(text(&items[i])) {
			runes := []rune(w)
			for _, r := range runes {
				counts[i][string(r)]++
			}
			for n := 1; n <= min(2, len(runes)); n++ {
				counts[i][string(runes[:n])+"-"]++
				counts[i]["-"+string(runes[len(runes)-n:])]++
			}
		}
	}
	return vocabulary(items, counts, func(n int) float64 { return float64(n) })
}
