package rundir

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlansThatCannotBe(t *testing.T) {
	for _, p := range []Plan{{Samples: math.MaxInt64, GroupSamples: 1}, {Samples: 1 << 62, GroupSamples: 1}, {Samples: math.MaxInt64, GroupSamples: math.MaxInt64}, {Samples: -1, GroupSamples: 1}, {Samples: 1, GroupSamples: 0}} {
		m := Manifest{FormatVersion: FormatVersion, Plan: &p}
		assert.ErrorContains(t, m.Check(), "a plan of", "%+v", p)
	}
}
