package plan

import (
	"testing"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

func TestTooManySamples(t *testing.T) {
	_, err := planned(t, func(s *spec.Spec, _ *models.Facts) { s.Generate.Samples = mostSamples + 1 }, promptOf("a"))
	expect.Refused(t, err, "a run has at most 4000000")
}
