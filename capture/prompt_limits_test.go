package capture

import (
	"testing"

	"intentprobe/models"
)

func TestTooManySamples(t *testing.T) {
	_, err := planned(t, func(s *Spec, _ *models.Facts) { s.Generate.Samples = mostSamples + 1 }, prompt("a"))
	refused(t, err, "a run has at most 4000000")
}
