package studyfile

import (
	"fmt"
	"maps"
	"strings"

	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/intent/scenario"
)

// checkFamilies: each is another scenario, and in one split.
func (f *File) checkFamilies() error {
	ids, same := map[string]int{}, map[string]string{}
	for i, family := range f.Families {
		id, split := family["id"], family["split"]
		if id == "" || strings.Contains(id, "/") {
			return f.wrong("give each an id of its own, without /", "families[%d]: id is %q", i, id)
		}
		if split != "" && split != scenario.Main && split != scenario.HeldOut {
			return f.wrong(fmt.Sprintf("write %s or nothing", scenario.HeldOut), "family %q: split is %q", id, split)
		}
		if before, twice := ids[id]; twice {
			if isHeldOut(f.Families[before]) != isHeldOut(family) {
				return f.wrong("a scenario is in one split", "family %q is held out, and it is not", id)
			}
			return f.wrong("give each an id of its own", "family %q stands there twice", id)
		}
		ids[id] = i
		content := maps.Clone(family)
		delete(content, "id")
		delete(content, "split")
		key := fmt.Sprint(content)
		if before, twice := same[key]; twice {
			return f.wrong("families are independent: remove one of them", "families %q and %q are the same scenario", before, id)
		}
		same[key] = id
	}
	if len(f.Families) == 0 {
		return f.wrong(fmt.Sprintf("write %d or more, and some of them with split: %s", ladder.Fewest, scenario.HeldOut), "there are no families")
	}
	return nil
}
