package capture

import (
	"context"

	"intentprobe/capture/prompt"
	"intentprobe/models"
)

// Examination is what was found in a model's file and in those of adapters for it.
type Examination struct {
	*prompt.Examination
	Adapters []ExaminedAdapter `json:"adapters,omitempty"`
}

// ExaminedAdapter is what was found in an adapter's file.
type ExaminedAdapter struct {
	Path         string   `json:"path"`
	Architecture string   `json:"architecture"`
	Alpha        float32  `json:"alpha"`
	Weights      int      `json:"weights"`           // that it changes
	Ignored      []string `json:"ignored,omitempty"` // tensors that llama.cpp passes over
}

// Examine loads a model, by its path or a name that `capture models` shows, without its
// weights, and examines it and adapters for it.
func Examine(ctx context.Context, name string, adapters []models.Adapter, around Options) (*Examination, error) {
	path, err := FindModel(name)
	if err != nil {
		return nil, err
	}
	m, err := LoadModel(ctx, path, models.LoadOptions{NoWeights: true, Adapters: adapters}, around)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := &Examination{Examination: prompt.Examine(m.Facts(), m)}
	for _, a := range m.Facts().Adapters {
		out.Adapters = append(out.Adapters, ExaminedAdapter{a.Path, a.Head.Architecture, a.Head.Alpha, len(a.Head.Pairs), a.Head.Norms})
	}
	out.Findings = append(out.Findings, adapterFindings(m.Facts().Adapters)...)
	return out, nil
}
