package arm

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// everyKind uses directions in every way that a spec knows.
const everyKind = `
conditions: [{name: honest}]
interventions:
  - {name: lie, at: "resid_post:2", do: add, vector: lie.safetensors, scale: [1, 2], unit: gap, tokens: all, when: {probe: probe.safetensors, above: 1}}
  - {name: mean, at: "resid_post:1", do: replace, vector: "lie.safetensors#lie.positive", tokens: all}
  - {name: both, at: "resid_post:0-1", do: add, vector: blocks.safetensors, unit: sd, tokens: all}
  - {name: noise, at: "resid_post:0-1", do: add, vector: {random: {like: both, seed: 3}}, unit: sd, tokens: all}
  - {name: run, at: "resid_post:3", do: replace, vector: {mean: {run: "runs/a#1", label: truth, value: false}}, tokens: all}
  - {name: heads, at: "z:1", do: add, vector: head.safetensors, heads: [1], tokens: all}
controls: {random: 2, seed: 9}
`

func TestARunKeepsWhatItUses(t *testing.T) {
	f := newFolder(t)
	var all []*vector.Direction
	for n := range 3 {
		d := lie()
		d.Name, d.Vector[7] = post(n).String(), float32(n)
		all = append(all, d)
	}
	f.write("blocks.safetensors", meta(), all...)
	s, err := f.spec(everyKind)
	require.NoError(t, err)
	asked := 0
	means := func(m spec.Mean, at string) []float32 {
		asked++
		assert.Equal(t, spec.Mean{Run: "runs/a#1", Label: "truth", Value: "false"}, m)
		assert.Equal(t, filepath.Join(f.dir, "runs/a#1"), at)
		return []float32{1, 2, 3, 4, 5, 6, 7, 8}
	}
	source, err := Files(s, func(m spec.Mean, folder string, at hooks.Point) (*vector.Direction, *vector.Meta, error) {
		return &vector.Direction{Name: at.String(), Rank: 1, Width: width, Vector: means(m, folder), SD: math.NaN()}, &vector.Meta{Kind: vector.Directions}, nil
	})
	require.NoError(t, err)
	set, err := Compile(s, source, points(), facts)
	require.NoError(t, err)
	assert.Equal(t, 1, asked, "once a point")

	kept, err := Directions(set, nil)
	require.NoError(t, err)
	again, err := Directions(set, nil)
	require.NoError(t, err)
	assert.Equal(t, kept, again)
	path := filepath.Join(t.TempDir(), "directions.safetensors")
	require.NoError(t, os.WriteFile(path, kept, 0o600))
	file, err := vector.Read(path)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"blocks.safetensors#blocks.0.hook_resid_post", "blocks.safetensors#blocks.1.hook_resid_post", "head.safetensors#head", "lie.safetensors#lie",
		`mean of runs/a#1, label "truth" is "false", tokens ""#blocks.3.hook_resid_post`, "probe.safetensors#probe",
		"random like both, seed 3#blocks.0.hook_resid_post", "random like both, seed 3#blocks.1.hook_resid_post",
	}, file.Names, "what is not used is not kept")
	assert.Equal(t, "aa", file.Meta.For("lie.safetensors#lie").Model.SHA256)

	// The spec as the manifest has it, elsewhere, without any of the files.
	manifest, err := json.Marshal(s)
	require.NoError(t, err)
	old, err := spec.ReadJSON(manifest)
	require.NoError(t, err)
	require.NoError(t, old.Validate())
	from, err := Kept(&old, path)
	require.NoError(t, err)
	back, err := Compile(&old, from, points(), facts)
	require.NoError(t, err)
	assert.Equal(t, set.Edits, back.Edits, "to the bit")
	assert.Equal(t, inWords(t, set), inWords(t, back))
	assert.Equal(t, set.Notices, back.Notices)
	more, err := Directions(back, nil)
	require.NoError(t, err)
	assert.Equal(t, kept, more)
}

// inWords are the arms of a set, expressions of tokens as they were written.
func inWords(t *testing.T, s *Set) (out []string) {
	for _, a := range s.Arms {
		text := a.Name + " " + a.Kind + " " + a.Of + " " + a.Prompt
		for _, p := range a.Parts {
			text += " " + p.Tokens.String()
			p.Tokens = nil
			part, err := json.Marshal(p)
			require.NoError(t, err)
			text += string(part)
		}
		out = append(out, text)
	}
	return out
}

func TestControlsUseOthersDirections(t *testing.T) {
	f := newFolder(t)
	set := f.compile("interventions: [{name: lie, at: 'resid_post:2', do: add, vector: lie.safetensors, tokens: all}]\ncontrols: {unrelated: calm.safetensors}\n")
	kept, err := Directions(set, nil)
	require.NoError(t, err)
	path := expect.File(t, "directions.safetensors", string(kept))
	s, err := f.spec("interventions: [{name: lie, at: 'resid_post:2', do: add, vector: lie.safetensors, tokens: all}]\ncontrols: {unrelated: calm.safetensors}\n")
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(f.dir, "calm.safetensors")))
	source, err := Kept(s, path)
	require.NoError(t, err)
	back, err := Compile(s, source, points(), facts)
	require.NoError(t, err)
	assert.Equal(t, set.Edits, back.Edits)
}

func TestARunThatKeepsTooLittle(t *testing.T) {
	f := newFolder(t)
	s, err := f.spec("interventions: [{name: x, at: 'resid_post:2', do: remove, vector: lie.safetensors, tokens: all}]\n")
	require.NoError(t, err)
	source, err := Kept(s, "")
	require.NoError(t, err)
	_, err = Compile(s, source, points(), facts)
	expect.Refused(t, err, "(x)", "does not keep the direction")
	_, err = Kept(s, filepath.Join(f.dir, "missing"))
	require.Error(t, err)
}

func TestNothingIsKeptWhereNothingIsUsed(t *testing.T) {
	f := newFolder(t)
	set, _ := f.one("at: 'resid_post:2', do: replace, vector: zero")
	kept, err := Directions(set, nil)
	require.NoError(t, err)
	assert.Nil(t, kept)
}

func TestMeansThatFail(t *testing.T) {
	f := newFolder(t)
	s, err := f.spec("interventions: [{name: x, at: 'resid_post:2', do: replace, vector: {mean: {run: a, label: b, value: c}}, tokens: all}]\n")
	require.NoError(t, err)
	for _, means := range []Means{nil, RunMeans(t.Context()), func(spec.Mean, string, hooks.Point) (*vector.Direction, *vector.Meta, error) {
		return nil, nil, errors.New("planted")
	}} {
		source, err := Files(s, means)
		require.NoError(t, err)
		_, err = Compile(s, source, points(), facts)
		expect.Refused(t, err, "(x)")
	}
}
