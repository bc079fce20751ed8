package rundir

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
)

// RunID identifies what is run, wherever and by whom: the sha256, as hex text, of its
// spec, prompts, model, adapters and plan. A shard, the merged run and a recovered one have the
// same; where model, adapters and prompts lie does not matter.
func (m *Manifest) RunID() string {
	var spec map[string]any
	dec := json.NewDecoder(bytes.NewReader(m.Spec))
	dec.UseNumber()
	dec.Decode(&spec) // one that cannot be read is none
	delete(spec, "model")
	if prompts, ok := spec["prompts"].(map[string]any); ok {
		delete(prompts, "file")
		delete(prompts, "column")
	}
	what := []any{spec, m.Dataset.SHA256, m.Model.SHA256, m.Plan}
	if len(m.Adapters) > 0 {
		if engine, ok := spec["engine"].(map[string]any); ok {
			delete(engine, "adapters")
		}
		what = append(what, m.adapterKeys())
	}
	text, _ := json.Marshal(what) // was JSON: cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
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
