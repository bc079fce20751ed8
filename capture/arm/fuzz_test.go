package arm

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
)

// FuzzCompile compiles whatever spec is valid: its arms have edits that fit their points, or
// it is refused with advice.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		issue, dosed, everyKind,
		"interventions: [{name: a, at: 'z:1', heads: [1], do: swap, from: pair, tokens: all}]\n",
		"interventions: [{name: a, at: 'blocks.*.hook_*', each: layer, do: erase, vector: leace.safetensors, tokens: all}]\ncontrols: {random: 1, layer: [0]}\n",
		"interventions: [{name: a, at: resid_post, do: set, min: 1, unit: norm, vector: {random: {like: space.safetensors}}, tokens: all}]\n",
		"interventions: [{name: a, at: [q, k, v], heads: [0, 1], do: replace, vector: zero, tokens: all}]\ncontrols: {tokens: last}\n",
	} {
		f.Add(seed)
	}
	dir := newFolder(f)
	path := filepath.Join(dir.dir, "fuzz.yaml")
	m := points()
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "/") || strings.Contains(text, "~") || len(text) > 4000 { // no files but those of the folder
			return
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		layer, err := spec.ReadFile(path)
		if err != nil {
			return
		}
		s := spec.Default()
		s.Model = "tiny"
		s.Apply(layer)
		if s.Validate() != nil || s.Controls != nil && s.Controls.Random+s.Controls.Covariance > 50 {
			return
		}
		source, err := Files(&s, nil)
		var set *Set
		if err == nil {
			set, err = Compile(&s, source, m, facts)
		}
		var usage *hint.UsageError
		if err != nil {
			if !errors.As(err, &usage) || usage.Hint() == "" {
				t.Fatalf("%T without a hint: %v", err, err)
			}
			return
		}
		for _, e := range set.Edits {
			if e.First < 0 || e.Floats < 1 || e.First+e.Floats > e.Width() || !finite(e.Vector) || !finite([]float32{e.Factor, e.Low, e.High}) {
				t.Fatalf("edit %+v", e)
			}
		}
		for _, a := range set.Arms {
			for _, p := range a.Parts {
				if len(p.Edits) == 0 || p.Tokens == nil || p.Swap != nil && len(p.Swap.Keeps) != len(p.Edits) {
					t.Fatalf("part %+v of %s", p, a.Name)
				}
			}
		}
	})
}
