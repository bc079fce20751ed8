package spec

import (
	"bytes"
	"encoding/json"
)

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
