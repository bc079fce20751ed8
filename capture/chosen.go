package capture

import "intentprobe/storage/rundir"

// Chosen is what a session chose at its start: because the spec left it open, or because
// the model, the devices or the number of samples allow no more. The spec of the manifest
// holds the same numbers, so that a resumed run has them too.
type Chosen struct {
	GPULayers   int             // layers of the model on accelerators and workers: engine.gpu_layers
	TensorSplit []float32       // how they are divided, nil where there is nothing to divide: engine.tensor_split
	Devices     []rundir.Device // that layers are on
	Batch       int             // sampled sequences that are decoded at once: engine.batch
	Group       int             // samples that are committed together: capture.group
}

// Chosen says what was chosen. The session's Spec stays as it was given.
func (s *Session) Chosen() Chosen {
	spec := &s.Prepared.Spec
	return Chosen{
		GPULayers: int(s.placement.layers), TensorSplit: s.placement.split, Devices: s.placement.used(),
		Batch: int(spec.Engine.Batch), Group: int(spec.Capture.Group),
	}
}
