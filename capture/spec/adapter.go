package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"intentprobe/capture/hint"
	"intentprobe/storage/rundir"
)

// Adapter is a LoRA adapter that the model runs with. In a file it is a mapping, or a text
// as UnmarshalText reads it.
type Adapter struct {
	File  string  `json:"file" yaml:"file"`
	Scale float64 `json:"scale" yaml:"scale"`
}

// UnmarshalText reads FILE or FILE:SCALE. A file whose name ends in a colon and a number
// is named in a mapping.
func (a *Adapter) UnmarshalText(text []byte) error {
	*a = ReadAdapter(string(text))
	return nil
}

// ReadAdapter reads FILE or FILE:SCALE. What follows a colon and is no number belongs to the
// file's name; CheckFile says where that was not meant.
func ReadAdapter(text string) Adapter {
	if at := strings.LastIndexByte(text, ':'); at >= 0 {
		if scale, err := strconv.ParseFloat(text[at+1:], 64); err == nil || errors.Is(err, strconv.ErrRange) {
			return Adapter{File: text[:at], Scale: scale}
		}
	}
	return Adapter{File: text, Scale: 1}
}

// CheckFile says of an adapter whose file is not there that its scale is no number, where
// that is what was meant: of adapter.gguf:0.5x. path is where the file would lie.
func (a *Adapter) CheckFile(path string) error {
	at := strings.LastIndexByte(path, ':')
	if at < 0 || strings.ContainsRune(path[at:], filepath.Separator) {
		return nil
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if _, err := os.Stat(path[:at]); err != nil && !strings.EqualFold(filepath.Ext(path[:at]), ".gguf") {
		return nil
	}
	return hint.Usage(fmt.Errorf("engine.adapters: the scale of %s is %q, which is no number", a.File[:strings.LastIndexByte(a.File, ':')], path[at+1:]),
		"write FILE:SCALE, as in adapter.gguf:0.5, or FILE alone for a scale of 1")
}

// UnmarshalYAML reads a mapping of file and scale, which is 1 where it is left out.
func (a *Adapter) UnmarshalYAML(node *yaml.Node) error {
	type plain Adapter
	*a = Adapter{Scale: 1}
	return node.Decode((*plain)(a))
}

// UnmarshalJSON reads the object that the spec of a manifest holds.
func (a *Adapter) UnmarshalJSON(text []byte) error {
	type plain Adapter // without UnmarshalText, which JSON would take
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	*a = Adapter{Scale: 1}
	return dec.Decode((*plain)(a))
}

// AdapterColumn is what samples say of the adapters that they ran with; nil for none.
func (e *Engine) AdapterColumn() *string {
	if len(e.Adapters) == 0 {
		return nil
	}
	var names []string
	for _, a := range e.Adapters {
		names = append(names, rundir.AdapterName(a.File, a.Scale))
	}
	text := strings.Join(names, "+")
	return &text
}

// mostAdapters is models.MostAdapters, which this package may not import.
const mostAdapters = 2

// CheckAdapters checks engine.adapters as far as that needs no file.
func (e *Engine) CheckAdapters() error {
	for i, a := range e.Adapters {
		switch {
		case a.File == "":
			return hint.Usage(fmt.Errorf("engine.adapters[%d] names no file", i), "write {file: adapter.gguf, scale: 1}, or adapter.gguf:1")
		case math.IsNaN(a.Scale) || math.Abs(a.Scale) > 1e6:
			return hint.Usage(fmt.Errorf("engine.adapters[%d]: the scale of %s is %v", i, a.File, a.Scale), "use a number; 1 is the adapter as it was trained, 0 none")
		}
	}
	switch {
	case len(e.Adapters) > mostAdapters:
		return hint.Usage(fmt.Errorf("engine.adapters names %d files; %d can be used at once: llama.cpp adds more in an order that differs from process to process, and with it the last bits", len(e.Adapters), mostAdapters),
			"merge some of them into one, for example by concatenating their ranks")
	case len(e.Adapters) > 0 && e.SplitMode == "row":
		return hint.Usage(fmt.Errorf("engine.adapters with engine.split_mode row: an adapter lies where the weight lies that it changes, and these are divided by rows"), "set engine.split_mode to layer")
	}
	return nil
}

// AdapterFiles gives where the files of engine.adapters lie.
func (s *Spec) AdapterFiles() (out []string, err error) {
	const key = "engine.adapters"
	for _, a := range s.Engine.Adapters {
		if err := s.checkBeside(key, a.File); err != nil {
			return nil, err
		}
		path := s.at(key, a.File)
		if err := a.CheckFile(path); err != nil {
			return nil, err
		}
		out = append(out, path)
	}
	return out, nil
}
