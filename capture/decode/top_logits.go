package decode

import (
	"slices"

	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/rowmem"
)

// topLogits writes the largest logits of row i and their tokens to a place, if
// they are captured.
func (r *Runner) topLogits(i int, place models.Target) error {
	column := slices.IndexFunc(r.Prepared.Points, func(l hooks.Located) bool { return l.Site == hooks.Logits })
	if column < 0 {
		return nil
	}
	logits, err := r.Engine.Logits(i)
	if err != nil {
		return err
	}
	at := rowmem.Place(place)
	values, tokens := r.layout.Floats(at, column), r.layout.Ints(at, column+1)
	for k, t := range largest(logits, len(values)) {
		values[k], tokens[k] = logits[t], int32(t)
	}
	return nil
}

// largest gives the indices of the k largest values, the largest first; of equal
// ones the earlier.
func largest(values []float32, k int) []int {
	top := make([]int, 0, k+1)
	for i, x := range values {
		if len(top) == k && x <= values[top[k-1]] {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, x, func(j int, x float32) int {
			if values[j] >= x {
				return -1
			}
			return 1
		})
		top = slices.Insert(top, at, i)
		top = top[:min(len(top), k)]
	}
	return top
}
