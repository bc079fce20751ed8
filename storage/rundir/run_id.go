package rundir

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
)

// RunID identifies what is run, wherever and by whom: the sha256, as hex text, of its
// spec, prompts, model, adapters and plan, and the directions that it used. A shard, the
// merged run and a recovered one have the same; where model, adapters, prompts and
// directions lie does not matter.
func (m *Manifest) RunID() string {
	spec := m.placelessSpec()
	what := []any{spec, m.Dataset.SHA256, m.Model.SHA256, m.Plan}
	if len(m.Adapters) > 0 {
		if engine, ok := spec["engine"].(map[string]any); ok {
			delete(engine, "adapters")
		}
		what = append(what, m.adapterKeys())
	}
	if m.Directions != nil {
		what = append(what, m.Directions.SHA256)
	}
	text, _ := json.Marshal(what) // was JSON: cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Placeless is the manifest of the same run wherever its files lay: the spec has neither
// model nor file of prompts, whose sha256 the manifest has, and names other files without
// their folders.
func (m *Manifest) Placeless() *Manifest {
	out := *m
	if m.HasSpec() {
		out.Spec = PlainJSON(m.placelessSpec())
	}
	out.Probes = slices.Clone(m.Probes)
	for i := range out.Probes {
		p := &out.Probes[i]
		p.File, p.Direction = filepath.Base(p.File), withoutFolder(p.Direction)
	}
	return &out
}

func (m *Manifest) placelessSpec() map[string]any {
	var spec map[string]any
	dec := json.NewDecoder(bytes.NewReader(m.Spec))
	dec.UseNumber()
	dec.Decode(&spec) // one that cannot be read is none
	delete(spec, "model")
	if prompts, ok := spec["prompts"].(map[string]any); ok {
		delete(prompts, "file")
		delete(prompts, "column")
	}
	for _, key := range []string{"interventions", "controls"} {
		dropFolders(spec[key])
	}
	if capture, ok := spec["capture"].(map[string]any); ok {
		probes, _ := capture["probes"].([]any)
		for i := range probes {
			if text, ok := probes[i].(string); ok {
				probes[i] = withoutFolder(text)
			}
		}
	}
	return spec
}

// dropFolders leaves of the files that interventions name the names alone: FILE or
// FILE#NAME, or the folder of a run.
func dropFolders(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			dropFolders(item)
		}
	case map[string]any:
		for key, value := range v {
			text, ok := value.(string)
			if !ok || text == "" || !slices.Contains([]string{"vector", "unrelated", "probe", "run"}, key) {
				dropFolders(value)
				continue
			}
			v[key] = withoutFolder(text)
		}
	}
}

// withoutFolder leaves of FILE or FILE#NAME the file's own name.
func withoutFolder(text string) string {
	end := len(text)
	if at := strings.LastIndexByte(text, '#'); at >= 0 {
		end = at
	}
	return filepath.Base(text[:end]) + text[end:]
}

// SampleSeed is the seed that a sample has by docs/format.md. Where all bits
// were set, which llama.cpp takes as "choose at random", it is 0.
func SampleSeed(run int64, prompt []byte, sample int32) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%d", run, prompt, sample))
	seed := binary.LittleEndian.Uint32(sum[:])
	if seed == math.MaxUint32 {
		seed = 0
	}
	return int64(seed)
}
