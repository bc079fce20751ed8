package rundir

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
)

// Adapter is a LoRA adapter that the model ran with, at every token.
type Adapter struct {
	File         string    `json:"file"`
	SHA256       string    `json:"sha256"`
	Bytes        int64     `json:"bytes"`
	Scale        float64   `json:"scale"`
	Architecture string    `json:"architecture"`
	Name         string    `json:"name,omitempty"` // general.name of the file
	Alpha        float64   `json:"alpha"`          // 0: the scale alone counts
	Rank         int       `json:"rank"`           // the largest of its weights
	Weights      int       `json:"weights"`        // that it changes
	Ignored      []string  `json:"ignored,omitempty"`
	Training     *Training `json:"training,omitempty"` // nil: nothing lay beside it
}

// AdapterName is what samples say of an adapter: its file without folder and ending and,
// where it is not 1, its scale: lie@0.5.
func AdapterName(file string, scale float64) string {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if scale != 1 {
		name += "@" + strconv.FormatFloat(scale, 'g', -1, 64)
	}
	return name
}

// AdapterNames is what every sample of the run says of its adapters, joined by +; empty
// where it has none.
func (m *Manifest) AdapterNames() string {
	var names []string
	for _, a := range m.Adapters {
		names = append(names, AdapterName(a.File, a.Scale))
	}
	return strings.Join(names, "+")
}

// Training is what a JSON file beside an adapter says of how it was made.
type Training struct {
	File   string          `json:"file"`
	Config json.RawMessage `json:"config"` // the object in it
}

// Base is the sha256 of the model that the adapter was trained on, empty where the file
// does not say it.
func (t *Training) Base() string {
	var config struct {
		Base string `json:"base_model_sha256"`
	}
	json.Unmarshal(t.Config, &config) // of another type: it says nothing
	return config.Base
}

// adapterKeys are what the bytes of two runs follow from: which adapters, how much of
// each, and their names, which samples hold. Where they lie does not matter.
func (m *Manifest) adapterKeys() (out [][3]any) {
	for _, a := range m.Adapters {
		out = append(out, [3]any{a.File, a.SHA256, a.Scale})
	}
	return out
}
