package scenario

import (
	"fmt"
	"io"
	"strconv"
)

// ReadSwaps reads what WriteSwaps wrote of the swaps at one token, by their places.
func ReadSwaps(r io.Reader, last int) (map[int]Swap, error) {
	out := map[int]Swap{}
	var base *swapRow
	err := eachRow(r, func(r swapRow) error {
		if r.Half == baseHalf && base == nil {
			base = &r
			return nil
		}
		if base == nil || r.Half != sourceHalf || r.Pair != base.Pair {
			return fmt.Errorf("%q does not follow its base", r.ID)
		}
		i, err := strconv.Atoi(r.Pair)
		if err != nil || i < 0 {
			return fmt.Errorf("pair %q is no place of a swap", r.Pair)
		}
		heldOut, err := heldOutOf(r.Split)
		out[i] = Swap{Family: r.Family, HeldOut: heldOut, Base: base.Prompt, Source: r.Prompt,
			Options: [2]string{base.First, base.Second}, Sources: [2]string{r.First, r.Second},
			Before: r.Before, After: r.After, Question: r.Foresight, Last: last}
		base = nil
		return err
	})
	if err == nil && base != nil {
		err = fmt.Errorf("%q has no source", base.ID)
	}
	return out, err
}
