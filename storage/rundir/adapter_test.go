package rundir

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func adapted(path, sum string, scale float64) *Manifest {
	spec, _ := json.Marshal(map[string]any{"engine": map[string]any{"adapters": []any{map[string]any{"file": path, "scale": scale}}, "batch": 4}})
	return &Manifest{Spec: spec, Adapters: []Adapter{{File: "a.gguf", SHA256: sum, Scale: scale, Training: &Training{File: "a.json", Config: json.RawMessage(`{"base_model_sha256": "ab"}`)}}}}
}

// Which adapters a run has, and how much of them, makes it the run that it is; where they
// lie does not, nor what lies beside them.
func TestAdaptersArePartOfARun(t *testing.T) {
	a := adapted("x/a.gguf", "aa", 0.5)
	elsewhere := adapted("/y/a.gguf", "aa", 0.5)
	elsewhere.Adapters[0].Training = nil
	assert.Equal(t, a.RunID(), elsewhere.RunID())
	assert.Empty(t, Differences(a, elsewhere))
	named := adapted("x/a.gguf", "aa", 0.5)
	named.Adapters[0].File = "b.gguf"
	for _, other := range []*Manifest{adapted("x/a.gguf", "bb", 0.5), adapted("x/a.gguf", "aa", 1), named} {
		assert.NotEqual(t, a.RunID(), other.RunID())
		different := Differences(a, other)
		require.Len(t, different, 1)
		assert.Equal(t, AdaptersDifference, different[0].What)
	}
	without := &Manifest{Spec: json.RawMessage(`{"engine":{"batch":4}}`)}
	assert.NotEqual(t, a.RunID(), without.RunID())
	assert.Len(t, Differences(a, without), 1)
}

func TestAdaptersHaveNames(t *testing.T) {
	m := adapted("x/a.gguf", "aa", 0.5)
	m.Adapters = append(m.Adapters, Adapter{File: "b.v2.gguf", Scale: 1})
	assert.Equal(t, "a@0.5+b.v2", m.AdapterNames())
	assert.Empty(t, (&Manifest{}).AdapterNames())
	assert.Equal(t, "ab", m.Adapters[0].Training.Base())
	assert.Empty(t, (&Training{Config: json.RawMessage(`{"base_model_sha256": 3}`)}).Base())
}
