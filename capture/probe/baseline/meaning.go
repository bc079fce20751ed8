package baseline

import (
	"fmt"

	"intentprobe/capture/probe/data"
	"intentprobe/storage/plural"
)

// blind says why words cannot show what texts mean, and its opposite class by class: most texts of
// both classes have a word that is in no text of another group, so that it says nothing of the
// groups that are held out, and hardly any group has both classes, so that what such words mean
// may be the class. Empty where that is not so, or where rows name their topic, which is then held
// out.
func (of meant) blind(s *data.Set, items []Item) string {
	if topics, err := s.By("topic"); err == nil && distinct(topics) > 1 {
		return ""
	}
	type classes = [2]bool
	groups, at := map[string]classes{}, map[string]string{} // the group of a word; empty: of several
	words := make([][]string, len(items))
	for i := range items {
		group := items[i].Group
		seen := groups[group]
		seen[class(s.Samples[i].Positive)] = true
		groups[group] = seen
		words[i] = Words(of.text(&items[i]))
		for _, w := range words[i] {
			if before, known := at[w]; !known {
				at[w] = group
			} else if before != group {
				at[w] = ""
			}
		}
	}
	mixed := 0
	for _, g := range groups {
		if g[0] && g[1] {
			mixed++
		}
	}
	var own, all [2]int
	for i := range items {
		k := class(s.Samples[i].Positive)
		all[k]++
		for _, w := range words[i] {
			if at[w] != "" {
				own[k]++
				break
			}
		}
	}
	if 2*mixed >= len(groups) || 2*own[0] < all[0] || 2*own[1] < all[1] {
		return ""
	}
	return fmt.Sprintf("%d of %d %ss have a word that is in no other group, and %d of %s both classes: what such words mean may be the class", own[0]+own[1], len(items), of.what, mixed, plural.Have(len(groups), "group"))
}

func class(positive bool) int {
	if positive {
		return 1
	}
	return 0
}
