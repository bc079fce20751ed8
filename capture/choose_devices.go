package capture

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

// device is a device that layers of this run may go to.
type device struct {
	models.Device
	hardware, worker string // worker: HOST:PORT, or empty
	engine           string // of the worker
}

// devices lists what layers can be put on, workers first, as llama.cpp does, with the
// memory that was free before anything was loaded.
func (s *Session) devices() ([]device, error) {
	var local, known []device
	if s.before == nil {
		all, err := models.Devices()
		if err != nil {
			return nil, err
		}
		s.before = all
	}
	for _, d := range s.before {
		if d.Accelerator() && d.Backend != "RPC" {
			local = append(local, device{Device: d, hardware: d.Description})
		}
	}
	// A graphics unit that shares the host's memory only helps where there is no other.
	if slices.ContainsFunc(local, func(d device) bool { return d.Kind == "gpu" }) {
		local = slices.DeleteFunc(local, func(d device) bool { return d.Kind == "igpu" })
	}
	for _, w := range s.workers {
		known = append(known, w.devices...)
	}
	known = append(known, local...)
	names := s.Spec.Engine.Device
	if len(names) == 0 {
		return known, nil
	}
	if len(names) == 1 && names[0] == "none" {
		return nil, nil
	}
	var out []device
	for _, name := range names {
		at := slices.IndexFunc(known, func(d device) bool { return d.Name == name })
		if at < 0 {
			all := []string{"none"}
			for _, d := range known {
				all = append(all, d.Name)
			}
			return nil, hint.Usage(fmt.Errorf("engine.device names %q, which is not there", name), "use "+strings.Join(all, ", ")+"; ", hint.Command{"doctor"}, " says why others are missing")
		}
		out = append(out, known[at])
	}
	return out, nil
}

// placement is where the layers of a model go, and the keys that say so in the spec of
// the manifest: a run that is resumed has the same, whatever memory is free then.
type placement struct {
	models.Placement
	layers  spec.Layers     // engine.gpu_layers, a number
	split   []float32       // engine.tensor_split, nil where nothing is divided
	devices []rundir.Device // that layers may be on
}

// place says where the layers of a model's file go, with a KV cache of so many
// tokens. The error is a *models.PlacementError where more layers are asked for than
// fit.
func (s *Session) place(path string, tokens int) (p placement, err error) {
	e := &s.Spec.Engine
	devices, err := s.devices()
	if err != nil {
		return p, err
	}
	asked := e.GPULayers
	if asked > 0 && len(devices) == 0 || asked == spec.AllLayers && len(devices) == 0 {
		return p, hint.Usage(fmt.Errorf("engine.gpu_layers is %s, and there is no accelerator", asked), "use ", hint.Key("engine.gpu_layers"), " 0 or auto, or name a worker with ", hint.Key("engine.rpc"), "; ", hint.Command{"doctor"}, " says why a graphics card is not seen")
	}
	if asked == 0 || len(devices) == 0 {
		return p, nil
	}
	if e.SplitMode == "none" {
		if e.MainGPU >= len(devices) {
			return p, hint.Usage(fmt.Errorf("engine.main_gpu is %d of %d devices", e.MainGPU, len(devices)), "count from 0")
		}
		devices = devices[e.MainGPU : e.MainGPU+1]
	}
	need, err := models.NeedOf(path, tokens, e.CacheType())
	if err != nil {
		return p, err
	}
	want := int(asked)
	if asked < 0 || want > need.Whole() {
		want = need.Whole()
	}
	p.Layers, p.Split, p.split = want, e.SplitMode, e.TensorSplit
	free := make([]uint64, len(devices))
	var all uint64
	for i, d := range devices {
		p.Devices = append(p.Devices, d.Name)
		free[i] = d.MemoryFree
		all += free[i]
	}
	fits, counts := need.Fit(free, want)
	switch {
	case len(e.TensorSplit) > 0 && len(e.TensorSplit) != len(devices):
		return p, hint.Usage(fmt.Errorf("engine.tensor_split has %d numbers for %d devices", len(e.TensorSplit), len(devices)), "name one a device: "+strings.Join(p.Devices, ", "))
	case len(e.TensorSplit) > 0:
		counts = models.Divide(e.TensorSplit, want)
	case fits < want && asked == spec.AutoLayers:
		p.Layers = fits
	case fits < want && e.MemoryCheck:
		return p, &models.PlacementError{Model: path, Layers: want, Fits: fits, Need: need.Bytes(want) + need.Compute*uint64(len(devices)), Free: all, Devices: p.Devices}
	case fits < want:
		_, counts = need.Fit(slices.Repeat([]uint64{1 << 62}, len(free)), want)
	}
	p.layers = spec.Layers(p.Layers)
	for _, n := range counts {
		p.Shares = append(p.Shares, float32(n))
	}
	if len(devices) > 1 && len(e.TensorSplit) == 0 && p.Layers > 0 {
		p.split = slices.Clone(p.Shares)
	} else if len(e.TensorSplit) > 0 {
		p.Shares = e.TensorSplit
	}
	if p.Layers == 0 {
		p.Devices, p.Shares = nil, nil
	}
	for i, d := range devices {
		p.devices = append(p.devices, rundir.Device{
			Name: d.Name, Description: d.hardware, Backend: d.Backend, Driver: d.Driver, Memory: d.MemoryTotal, Worker: d.worker, Engine: d.engine, Layers: counts[i],
		})
	}
	return p, nil
}

// used lists the devices that layers are on.
func (p *placement) used() (out []rundir.Device) {
	for _, d := range p.devices {
		if d.Layers > 0 {
			out = append(out, d)
		}
	}
	return out
}
