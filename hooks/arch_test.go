package hooks

import (
	"errors"
	"sort"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The first and the last points of a model of three layers, by architecture.
func TestTensorsByArchitecture(t *testing.T) {
	for arch, want := range map[string][2]string{
		"llama":  {"embd", "embd"},
		"gemma2": {"inp_scaled", "inp_scaled"},
		"gpt2":   {"embd", "inpL"}, // hook_embed has no positions yet, block 0 reads them
	} {
		t.Run(arch, func(t *testing.T) {
			a, err := ForArch(arch)
			require.NoError(t, err)
			var tensors []string
			for _, p := range All(3) {
				tensors = append(tensors, a.Tensor(p))
			}
			assert.Equal(t, []string{
				want[0],
				want[1], "l_out-0",
				"l_out-0", "l_out-1",
				"l_out-1", "l_out-2",
				"result_norm",
			}, tensors)
		})
	}
}

func TestUnknownArchitectureIsRefusedByName(t *testing.T) {
	a, err := ForArch("mamba")
	assert.Zero(t, a)
	var unknown *UnknownArchError
	require.True(t, errors.As(err, &unknown))
	assert.Equal(t, "mamba", unknown.Arch)
	assert.ErrorContains(t, err, `"mamba"`)
	assert.Contains(t, unknown.Hint(), "llama")
}

func TestEveryListedArchitectureNamesAllItsTensors(t *testing.T) {
	names := Architectures()
	assert.True(t, sort.StringsAreSorted(names))
	assert.Contains(t, names, "qwen3")
	for _, name := range names {
		a, err := ForArch(name)
		require.NoError(t, err, name)
		for _, p := range All(2) {
			tensor := a.Tensor(p)
			assert.NotEmpty(t, tensor, "%s %s", name, p)
			assert.NotContains(t, tensor, "%", "%s %s", name, p)
		}
		assert.NotEqual(t, a.Tensor(Point{ResidPost, 0}), a.Tensor(Point{ResidPost, 1}), name)
	}
}

func TestNeighboursShareATensorInThePlan(t *testing.T) {
	a, err := ForArch("llama")
	require.NoError(t, err)
	points := []Point{{ResidPost, 1}, {ResidPre, 2}, {ResidPost, 2}, {Site: FinalNorm}}
	plan := Compile(a, points, 64)
	assert.Equal(t, points, plan.Points)
	assert.Equal(t, []string{"l_out-1", "l_out-2", "result_norm"}, plan.Tensors)
	assert.Equal(t, []int{0, 0, 1, 2}, plan.Source)
	assert.Equal(t, 64, plan.Width)
}

func TestEmbeddingAndFirstInputShareATensorOnlyWithoutPositions(t *testing.T) {
	points := []Point{{Site: Embed}, {ResidPre, 0}}
	for arch, tensors := range map[string][]string{"llama": {"embd"}, "gpt2": {"embd", "inpL"}} {
		a, err := ForArch(arch)
		require.NoError(t, err)
		assert.Equal(t, tensors, Compile(a, points, 8).Tensors, arch)
	}
}

func TestEveryPointOfAPlanLeadsToItsTensor(t *testing.T) {
	a, err := ForArch("gpt2")
	require.NoError(t, err)
	points := All(6)
	plan := Compile(a, points, 8)
	require.Len(t, plan.Source, len(points))
	assert.Len(t, plan.Tensors, 1+1+6+1) // embedding, stream, six blocks, norm
	for i, p := range points {
		assert.Equal(t, a.Tensor(p), plan.Tensors[plan.Source[i]], p.String())
	}
}
