package plan

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/dataset"
	"intentprobe/capture/prompt"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// jobsOf makes a plan of n samples of so many prompt tokens, width floats a row.
func jobsOf(n int, batch spec.Auto, tokens, width int) *Prepared {
	p := &Prepared{FamilySize: 1, Unit: 1, Spec: validSpec(), Facts: models.Facts{Width: width, Layers: 1}, Points: []hooks.Located{{Point: hooks.Point{Site: hooks.Embed}, Shape: []int{width}}}}
	p.Spec.Engine.Batch, p.Spec.Generate.MaxTokens = batch, 0
	for i := range n {
		p.Jobs = append(p.Jobs, Job{Row: &dataset.Row{ID: fmt.Sprint(i)}, Sample: i, MostRows: tokens, Draws: &p.Spec.Generate, Prompt: &Prompt{Prompt: &prompt.Prompt{Tokens: make([]models.Token, tokens)}}})
	}
	return p
}

// checkGroups wants every job once, in order, in whole batches but for the end; it
// gives the size of a group and how many there are.
func checkGroups(t *testing.T, p *Prepared) (samples, groups int) {
	t.Helper()
	samples, groups = p.groupSamples(), 0
	p.Spec.Capture.Group = spec.Auto(samples)
	assert.Zero(t, samples%int(p.Spec.Engine.Batch), "groups of %d samples", samples)
	next := int64(0)
	for _, n := range p.Groups(nil) {
		jobs, first := p.Group(n)
		require.Equal(t, next, first)
		require.NotEmpty(t, jobs)
		for _, j := range jobs {
			require.Equal(t, fmt.Sprint(next), j.Row.ID)
			next++
		}
		groups++
	}
	require.EqualValues(t, len(p.Jobs), next)
	return samples, groups
}

func TestGroupsHoldEveryJobInOrder(t *testing.T) {
	const row = 1 << 20 // 4 MiB of activations a row
	for _, batch := range []spec.Auto{1, 3, 16, 64} {
		for _, n := range []int{1, 2, 63, 64, 65, 200} {
			for _, tokens := range []int{1, 7, 80} {
				p := jobsOf(n, batch, tokens, row)
				samples, _ := checkGroups(t, p)
				bytes := int64(samples) * int64(tokens) * int64(p.RowBytes()+rowOverhead)
				assert.True(t, bytes <= groupBytes || samples == int(batch), "groups of %d bytes", bytes)
			}
		}
	}
}

func TestSizesOfGroups(t *testing.T) {
	for name, c := range map[string]struct {
		p       *Prepared
		samples int
	}{
		"few and small":      {jobsOf(500, 1, 10, 64), 512},
		"one":                {jobsOf(1, 64, 10, 64), 512},
		"not too many":       {jobsOf(10000, 16, 1, 4), 512},
		"whole batches":      {jobsOf(10000, 48, 1, 4), 480},
		"no more than bytes": {jobsOf(100, 4, 64, 1<<16), 12},
	} {
		samples, _ := checkGroups(t, c.p)
		assert.Equal(t, c.samples, samples, name)
	}
	long := jobsOf(100, 16, 8, 4)
	long.Spec.Generate.MaxTokens = 1000
	samples, groups := checkGroups(t, long)
	assert.Equal(t, 16, samples, "the work of a group is bounded")
	assert.Equal(t, 7, groups)
}

func TestShardsShareTheGroups(t *testing.T) {
	p := jobsOf(50, 1, 1, 4)
	p.Spec.Capture.Group = 4
	var all []int
	for i := range 3 {
		all = append(all, p.Groups(&rundir.Shard{Index: i + 1, Of: 3})...)
	}
	assert.Equal(t, []int{0, 3, 6, 9}, all[:4])
	slices.Sort(all)
	assert.Equal(t, p.Groups(nil), all)
	assert.Len(t, all, 13)
}

func TestRowsOfASampleAtMost(t *testing.T) {
	for tokens, want := range map[string][2]int{"all": {8, 6}, "prompt": {3, 3}, "response": {5, 3}, "last": {1, 1}, "response[:-1]": {5, 2}, "response[:2]": {2, 2}, "first_generated|last": {2, 2}} {
		p := mustPlan(t, func(s *spec.Spec, _ *models.Facts) {
			s.Chat.Template, s.Generate.MaxTokens, s.Capture.Tokens = "none", 5, tokens
		}, map[string]any{"prompt": "abc"}, map[string]any{"prompt": "abc", "response": "xyz"})
		assert.Equal(t, want[0], p.Jobs[0].MostRows, tokens)
		assert.Equal(t, want[1], p.Jobs[1].MostRows, tokens)
	}
}

func TestBytesOfARow(t *testing.T) {
	p := jobsOf(3, 1, 7, 100)
	assert.Equal(t, 400, p.RowBytes())
	p.Spec.Capture.DType = "float16"
	assert.Equal(t, 200, p.RowBytes())
}
