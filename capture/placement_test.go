package capture

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models"
)

// card is a graphics card with so much memory free.
func card(name string, free uint64) models.Device {
	return models.Device{Name: name, Description: "a card", Backend: "CUDA", Kind: "gpu", MemoryFree: free, MemoryTotal: 64 << 30}
}

// placed settles a spec's layers of the phantom on devices.
func placed(t *testing.T, devices []models.Device, change func(*spec.Engine)) (models.Placement, *placement, error) {
	t.Helper()
	path, err := FindModel("phantom")
	require.NoError(t, err)
	s := &Session{Spec: DefaultSpec(), before: devices}
	change(&s.Spec.Engine)
	given := s.Spec.Engine
	p, err := s.place(path, 256)
	assert.Equal(t, given, s.Spec.Engine, "nothing is written into the spec")
	return p.Placement, &p, err
}

func TestLayersGoWhereTheSpecSays(t *testing.T) {
	two := []models.Device{card("CUDA0", 8<<30), card("CUDA1", 8<<30), {Name: "CPU", Kind: "cpu", Backend: "CPU"}}
	whole := 0
	p, s, err := placed(t, two[:1], func(*spec.Engine) {})
	require.NoError(t, err)
	whole = p.Layers
	assert.Equal(t, []string{"CUDA0"}, p.Devices)
	assert.Equal(t, spec.Layers(whole), s.layers, "the number is kept")
	assert.Empty(t, s.split, "there is nothing to divide")
	assert.Equal(t, whole, s.used()[0].Layers)

	p, s, err = placed(t, two, func(*spec.Engine) {})
	require.NoError(t, err)
	assert.Equal(t, []string{"CUDA0", "CUDA1"}, p.Devices)
	require.Len(t, s.split, 2, "the division is kept: free memory is another next time")
	assert.Equal(t, float32(whole), s.split[0]+s.split[1])
	layers, split := s.layers, s.split
	p2, _, err := placed(t, []models.Device{card("CUDA0", 60<<30), card("CUDA1", 1<<30)}, func(e *spec.Engine) { e.GPULayers, e.TensorSplit = layers, split })
	require.NoError(t, err)
	assert.Equal(t, p, p2, "and holds when it is")

	p, _, err = placed(t, two, func(e *spec.Engine) { e.Device = []string{"CUDA1", "CUDA0"}; e.TensorSplit = []float32{1, 3} })
	require.NoError(t, err)
	assert.Equal(t, []string{"CUDA1", "CUDA0"}, p.Devices)
	assert.Equal(t, []float32{1, 3}, p.Shares)

	p, _, err = placed(t, two, func(e *spec.Engine) { e.SplitMode, e.MainGPU = "none", 1 })
	require.NoError(t, err)
	assert.Equal(t, []string{"CUDA1"}, p.Devices)

	for name, change := range map[string]func(*spec.Engine){
		"none asked for": func(e *spec.Engine) { e.GPULayers = 0 },
		"the CPU alone":  func(e *spec.Engine) { e.Device = []string{"none"} },
	} {
		p, s, err = placed(t, two, change)
		require.NoError(t, err, name)
		assert.Equal(t, models.Placement{}, p, name)
		assert.Equal(t, spec.Layers(0), s.layers, name)
		assert.Empty(t, s.used(), name)
	}
	p, _, err = placed(t, two[2:], func(*spec.Engine) {})
	require.NoError(t, err)
	assert.Equal(t, models.Placement{}, p, "auto without an accelerator is the CPU")
}

func TestAnIntegratedUnitGivesWayToACard(t *testing.T) {
	igpu := models.Device{Name: "Vulkan1", Backend: "Vulkan", Kind: "igpu", MemoryFree: 8 << 30}
	p, _, err := placed(t, []models.Device{igpu, card("CUDA0", 8<<30)}, func(*spec.Engine) {})
	require.NoError(t, err)
	assert.Equal(t, []string{"CUDA0"}, p.Devices)
	p, _, err = placed(t, []models.Device{igpu}, func(*spec.Engine) {})
	require.NoError(t, err)
	assert.Equal(t, []string{"Vulkan1"}, p.Devices)
}

func TestWhatDoesNotFitIsRefusedOrLeftOut(t *testing.T) {
	small := []models.Device{card("CUDA0", 1<<20)}
	p, s, err := placed(t, small, func(*spec.Engine) {})
	require.NoError(t, err)
	assert.Zero(t, p.Layers)
	assert.Empty(t, p.Devices)
	assert.Equal(t, spec.Layers(0), s.layers)

	_, _, err = placed(t, small, func(e *spec.Engine) { e.GPULayers = spec.AllLayers })
	var none *models.PlacementError
	require.ErrorAs(t, err, &none)
	assert.Contains(t, none.Hint(), "engine.gpu_layers 0")

	p, _, err = placed(t, small, func(e *spec.Engine) { e.GPULayers, e.MemoryCheck = spec.AllLayers, false })
	require.NoError(t, err, "whoever wants to try may")
	assert.Positive(t, p.Layers)
}

func TestDevicesThatAreNotThere(t *testing.T) {
	for want, change := range map[string]func(*spec.Engine){
		`engine.device names "CUDA3"`:                     func(e *spec.Engine) { e.Device = []string{"CUDA3"} },
		"engine.main_gpu is 4 of 1 devices":               func(e *spec.Engine) { e.SplitMode, e.MainGPU = "none", 4 },
		"engine.tensor_split has 3 numbers for 1 devices": func(e *spec.Engine) { e.TensorSplit = []float32{1, 1, 1} },
	} {
		_, _, err := placed(t, []models.Device{card("CUDA0", 8<<30)}, change)
		var wrong *hint.UsageError
		require.ErrorAs(t, err, &wrong, want)
		assert.Contains(t, err.Error(), want)
	}
	_, s, err := placed(t, nil, func(e *spec.Engine) { e.TensorSplit = []float32{3, 1} })
	require.NoError(t, err)
	assert.Empty(t, s.split, "nothing is divided")
	_, _, err = placed(t, nil, func(e *spec.Engine) { e.GPULayers = 3 })
	assert.ErrorContains(t, err, "there is no accelerator")
}
