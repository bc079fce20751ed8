package capture

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// What is chosen is told, and is in the manifest's spec; the spec that was given stays.
func TestWhatIsChosenAtTheStart(t *testing.T) {
	spec := DefaultSpec()
	spec.Model = "phantom"
	spec.Prompts.Text = []string{"Uma says", "Ben asks about the grey box . Uma says", "Uma says"}
	spec.Generate.MaxTokens, spec.Engine.Device = 2, []string{"none"}
	given := spec
	s, err := Open(t.Context(), spec, Options{})
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, given.Engine, s.Spec.Engine)
	assert.Equal(t, given.Capture, s.Spec.Capture)
	chosen := s.Chosen()
	assert.Equal(t, 3, chosen.Batch, "as many as there are samples")
	assert.Equal(t, 3*(512/3), chosen.Group, "whole batches")
	assert.Zero(t, chosen.GPULayers)
	assert.Empty(t, chosen.Devices)
	assert.Empty(t, chosen.TensorSplit)

	var told struct {
		Engine struct {
			Batch  int `json:"batch"`
			Layers int `json:"gpu_layers"`
		} `json:"engine"`
		Capture struct {
			Group int `json:"group"`
		} `json:"capture"`
	}
	manifest := s.identity(rundir.Tool{}, models.ContextOptions{})
	require.NoError(t, json.Unmarshal(manifest.Spec, &told))
	assert.Equal(t, chosen.Batch, told.Engine.Batch)
	assert.Equal(t, chosen.GPULayers, told.Engine.Layers)
	assert.Equal(t, chosen.Group, told.Capture.Group)
}
