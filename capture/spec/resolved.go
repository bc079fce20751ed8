package spec

import (
	"bytes"
	"encoding/json"
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/storage/rundir"
)

// OfRun reads the resolved spec of a run and validates it. The error says which version
// wrote the run, where this one does not know a key.
func OfRun(m *rundir.Manifest) (Spec, error) {
	s, err := ReadJSON(m.Spec)
	if err != nil {
		return s, hint.With(fmt.Errorf("the run's spec: %w", err), fmt.Sprintf("use the version that wrote the run: %s %s", m.Tool.Version, m.Tool.Commit))
	}
	return s, s.Validate()
}

// ReadJSON reads a resolved spec as the manifest of a run keeps it. A key that this
// program does not know would mean something, so it is refused.
func ReadJSON(text []byte) (Spec, error) {
	var s Spec
	s.Capture.Rows = true       // where the spec has no such key
	s.Engine = Default().Engine // nor those of workers
	s.Engine.GPULayers = 0
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	err := dec.Decode(&s)
	return s, err
}
