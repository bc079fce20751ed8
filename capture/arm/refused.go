package arm

import (
	"fmt"

	"intentprobe/capture/hint"
)

// refused says where in a spec something does not fit, and what to do, if the error does
// not.
func refused(place string, err error) error {
	err = fmt.Errorf("%s: %w", place, err)
	if hint.Of(err, func(reference any) string { return fmt.Sprint(reference) }) != "" {
		return hint.Usage(err)
	}
	return hint.Usage(err, "name a direction file, as ", hint.Command{"vector", "make"}, " writes them; docs/interventions.md says what each operation needs")
}
