package spec

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"intentprobe/capture/hint"
)

// SplitSeed is the key of `split` that is no share.
const SplitSeed = "seed"

// checkSplit checks the shares of `split`.
func (s *Spec) checkSplit() error {
	total, names := 0.0, 0
	for _, name := range slices.Sorted(maps.Keys(s.Split)) {
		share := s.Split[name]
		if name == SplitSeed {
			if share != math.Trunc(share) || math.Abs(share) > 1<<53 {
				return hint.Usage(fmt.Errorf("split.seed is %v", share), "use a whole number")
			}
			continue
		}
		if err := checkName("split", name); err != nil {
			return err
		}
		if !(share > 0 && share <= 1) {
			return hint.Usage(fmt.Errorf("split.%s is %v", name, share), "use a share of more than 0 and at most 1")
		}
		total += share
		names++
	}
	if len(s.Split) > 0 && names == 0 {
		return hint.Usage(fmt.Errorf("split has a seed and no shares"), "for example split: {train: 0.8, test: 0.2}")
	}
	if names > 0 && math.Abs(total-1) > 1e-9 {
		return hint.Usage(fmt.Errorf("the shares of split come to %v", total), "they must come to 1")
	}
	return nil
}
