package vector

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Version is that of the format of direction files.
const Version = 1

// LayerConvention says what the number of a layer means, in every file.
const LayerConvention = "output of block N, counted from 0"

// Kinds of direction files.
const (
	Directions = "direction" // vectors
	Subspace   = "subspace"  // rows that span it
	Affine     = "affine"    // maps x ↦ A·x + b
)

// Meta says how the directions of a file were made. It is JSON in the metadata of the file.
// What is not known is empty.
type Meta struct {
	Version         int    `json:"version"`
	Kind            string `json:"kind"`
	Point           string `json:"point,omitempty"` // full name; empty where the names of the directions are points
	LayerConvention string `json:"layer_convention"`
	Width           int    `json:"d_model"`

	Model          *Model    `json:"model,omitempty"`
	TemplateSHA256 string    `json:"template_sha256,omitempty"` // rundir.RawText where no template rendered the prompts
	Adapters       []Adapter `json:"adapters,omitzero"`         // that the model ran with; empty: none, nil: not known
	Tokens         string    `json:"tokens,omitempty"`          // of the rows: what the run captured
	Pooling        string    `json:"pooling,omitempty"`         // of a sample's rows: mean, last, max, none
	Scores         string    `json:"scores,omitempty"`          // of probes of tokens: how the scores of a sample's tokens become its score
	DType          string    `json:"dtype,omitempty"`           // of probes: of the rows that they were fitted to, where all had one
	Runs           []Run     `json:"runs,omitempty"`

	Label    string `json:"label,omitempty"` // NAME@VERSION of a label table, or "column NAME" of samples
	Positive *Class `json:"positive,omitempty"`
	Negative *Class `json:"negative,omitempty"`

	How     string                     `json:"how,omitempty"`    // in words: the method and its settings
	Scaler  json.RawMessage            `json:"scaler,omitempty"` // that was folded into vector and bias
	Folds   json.RawMessage            `json:"folds,omitempty"`
	Figures map[string]json.RawMessage `json:"figures,omitempty"` // by the name of the direction
	Forced  []string                   `json:"forced,omitempty"`  // what differed and was taken all the same

	// Of says, by the name of a direction, how it was made, where that differs from the
	// file: in files that were put together from several.
	Of map[string]*Meta `json:"of,omitempty"`
}

// Model is the model file whose states directions are of.
type Model struct {
	File         string `json:"file,omitempty"`
	SHA256       string `json:"sha256,omitempty"`
	Architecture string `json:"architecture,omitempty"`
	Layers       int    `json:"layers,omitempty"`
	Width        int    `json:"width,omitempty"`
}

// Run is a run whose rows were used.
type Run struct {
	Name string `json:"name"` // of its folder
	ID   string `json:"id"`   // Manifest.RunID
}

// Class is one of the two kinds of samples.
type Class struct {
	Name string `json:"name"` // the value of the label
	N    int64  `json:"n"`    // samples
	Rows int64  `json:"rows,omitempty"`
}

// For gives what is known of one direction of the file.
func (m *Meta) For(name string) *Meta {
	if of := m.Of[name]; of != nil {
		return of
	}
	return m
}

// metaKey is the key of the metadata that Meta lies in.
const metaKey = "capture"

// metaOf reads the metadata of a file; of a file of another program it is empty.
func metaOf(metadata map[string]string) (Meta, error) {
	var m Meta
	text, ok := metadata[metaKey]
	if !ok {
		return m, nil
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("metadata %q: %w", metaKey, err)
	}
	if m.Version > Version {
		return m, fmt.Errorf("is of version %d of direction files; this program reads up to %d", m.Version, Version)
	}
	if m.Version < 1 {
		return m, fmt.Errorf("metadata %q: the version is %d", metaKey, m.Version)
	}
	if m.LayerConvention != LayerConvention {
		return m, fmt.Errorf("counts layers as %q; this program knows %q", m.LayerConvention, LayerConvention)
	}
	for name, of := range m.Of {
		if of == nil {
			return m, errors.New("metadata " + metaKey + ": nothing is said of " + name)
		}
	}
	return m, nil
}
