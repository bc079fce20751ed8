package spec

import (
	"errors"
	"fmt"
	"slices"

	"intentprobe/capture/hint"
)

// validateProbes checks what is scored, and that something is written of each token.
func (s *Spec) validateProbes() error {
	c := &s.Capture
	for i, ref := range c.Probes {
		switch {
		case ref == "":
			return hint.Usage(fmt.Errorf("capture.probes[%d] names no file", i), "name a direction file as FILE, or one of its directions as FILE#NAME")
		case slices.Contains(c.Probes[:i], ref):
			return hint.Usage(fmt.Errorf("capture.probes names %s twice", ref), "name it once")
		}
	}
	switch {
	case c.ForceProbes && len(c.Probes) == 0:
		return hint.Usage(errors.New("capture.force_probes is set, and capture.probes names none"), "leave it out")
	case len(c.Hooks) > 0:
		return nil
	case len(c.Probes) == 0:
		return hint.Usage(errors.New("capture.hooks is empty"), "name at least one, for example resid_post; rows without activations need ", hint.Key("capture.probes"))
	case len(c.Reduce) > 0:
		return hint.Usage(errors.New("capture.reduce reduces activations, and capture.hooks is empty"), "leave one of them out; scores of probes are pooled in any case")
	}
	return nil
}

// HasDirections says whether the run uses directions: of interventions, or of probes.
func (s *Spec) HasDirections() bool { return s.HasArms() || len(s.Capture.Probes) > 0 }
