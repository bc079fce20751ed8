package capture

import (
	"fmt"
	"math"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/plan"
	"intentprobe/hooks"
	"intentprobe/storage/rundir"
)

// drawProbes gives a probe at each point that is captured, and one at a point that may not
// be.
func (c *conformance) drawProbes(captured []string) {
	points, err := c.offer.Select(captured)
	require.NoError(c, err)
	c.probes = nil
	for i, at := range append(points, c.offer.Points[len(c.offer.Points)/2]) {
		if at.Site == hooks.Logits || at.Site == hooks.Pattern {
			continue
		}
		c.probes = append(c.probes, hooks.Score{Located: at, Name: fmt.Sprint("p", i), Vector: direction(at.Width(), uint64(c.runs+i)), Bias: float32(i) - 0.5})
	}
}

// scores holds the scores of a sample's rows against the rows themselves, and the pooled
// ones against those of the rows.
func (c *conformance) scores(p *plan.Prepared, s rundir.Sample, got *rundir.Activations) {
	n := len(c.probes)
	sums, most, last, rows := make([]float64, n), make([]float32, n), make([]float32, n), 0
	for i, row := range got.Rows {
		require.Len(c, row.Probes, n)
		for k := range c.probes {
			of := &c.probes[k]
			for h, at := range p.Points {
				if at.Point != of.Point {
					continue
				}
				want, size := float64(of.Bias), math.Abs(float64(of.Bias))
				for j, x := range got.Values[h][i*at.Width() : (i+1)*at.Width()] {
					want += float64(x) * float64(of.Vector[j])
					size += math.Abs(float64(x) * float64(of.Vector[j]))
				}
				assert.InDelta(c, want, float64(row.Probes[k]), 1e-6*size, "sample %d, position %d, %s", s.SampleID, row.Position, of.Point)
				c.tried["probed"]++
			}
		}
		if own := row.Position - s.FirstPosition; own < s.PromptTokens || row.Stop {
			continue
		}
		for k, x := range row.Probes {
			if rows == 0 || x > most[k] {
				most[k] = x
			}
			sums[k] += float64(x)
			last[k] = x
		}
		rows++
	}
	require.Len(c, s.Probes, 3*n)
	for k := range c.probes {
		pooled := s.Probes[3*k : 3*k+3]
		if rows == 0 {
			assert.True(c, pooled[0] != pooled[0] && pooled[1] != pooled[1] && pooled[2] != pooled[2], "null without rows of the response")
			continue
		}
		assert.Equal(c, []float32{float32(sums[k] / float64(rows)), most[k], last[k]}, pooled, "sample %d", s.SampleID)
	}
}
