package arm

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
	"intentprobe/storage/disk"
)

// otherwise is the metadata of a file that was made with another model, template and adapter.
func otherwise() vector.Meta {
	m := meta()
	m.Model = &vector.Model{SHA256: "bb", Architecture: "llama"}
	m.TemplateSHA256 = "none" // raw text
	m.Adapters = []vector.Adapter{{File: "mood.gguf", SHA256: "mm", Scale: 0.5}}
	return m
}

var differences = []string{
	"model's sha256: bb in the file, aa now",
	"chat template: none (raw text) in the file, sha256 tt now",
	"adapters: mood.gguf of scale 0.5 (sha256 mm) in the file, none now",
}

// Each way of naming a direction is refused, where it was made otherwise, or forced.
func TestDirectionsThatWereMadeOtherwise(t *testing.T) {
	f := newFolder(t)
	mine := facts
	defer func() { facts = mine }()
	facts.Adapters = []vector.Adapter{}
	f.write("lie.safetensors", otherwise(), lie())
	f.write("probe.safetensors", otherwise(), &vector.Direction{Name: "probe", Rank: 1, Width: width, Vector: []float32{1, 0, 0, 0, 0, 0, 0, 2}, SD: 1})
	for key, says := range map[string]string{
		"do: remove, vector: lie.safetensors":                                              "lie.safetensors#lie",
		"do: replace, vector: lie.safetensors#lie.positive":                                "lie.safetensors#lie",
		"do: add, vector: {random: {like: lie.safetensors, seed: 1}}":                      "lie.safetensors#lie",
		"do: remove, vector: calm.safetensors, when: {probe: probe.safetensors, above: 0}": "probe.safetensors#probe",
		"do: replace, vector: zero, when: {probe: probe.safetensors, above: 0}":            "probe.safetensors#probe",
		"do: remove, vector: calm.safetensors":                                             "lie.safetensors#lie", // of the control
	} {
		text := func(force bool) string {
			text := fmt.Sprintf("interventions: [{name: x, at: 'resid_post:2', tokens: all, force: %t, %s}]", force, key)
			if key == "do: remove, vector: calm.safetensors" {
				text += "\ncontrols: {unrelated: lie.safetensors}"
			}
			return text
		}
		hint := f.refused(text(false), append([]string{says, "is used otherwise than it was made"}, differences...)...)
		assert.Contains(t, hint, "force: true")
		var want []string
		for _, d := range differences {
			want = append(want, "x: "+says+": "+d)
		}
		assert.Equal(t, want, f.compile(text(true)).Forced, key)
	}
}

// So is the mean of another run's rows.
func TestMeansThatWereMadeOtherwise(t *testing.T) {
	f := newFolder(t)
	for force, want := range map[bool]int{false: 0, true: 2} {
		s, err := f.spec(fmt.Sprintf("interventions: [{name: x, at: 'resid_post:2', do: replace, vector: {mean: {run: r, label: l, value: v}}, tokens: all, force: %t}]", force))
		require.NoError(t, err)
		m := otherwise()
		m.Adapters = nil
		source, err := Files(s, func(spec.Mean, string, hooks.Point) (*vector.Direction, *vector.Meta, error) { return lie(), &m, nil })
		require.NoError(t, err)
		set, err := Compile(s, source, points(), facts)
		if !force {
			expect.Refused(t, err, "mean of r", differences[0], differences[1])
			continue
		}
		require.NoError(t, err)
		require.Len(t, set.Forced, want)
	}
}

// A direction of the run's own adapter is used; without it it is refused.
func TestADirectionOfTheRunsAdapter(t *testing.T) {
	f := newFolder(t)
	mine := facts
	defer func() { facts = mine }()
	adapted := meta()
	adapted.Adapters = otherwise().Adapters
	f.write("lie.safetensors", adapted, lie())
	const text = "interventions: [{name: x, at: 'resid_post:2', do: remove, vector: lie.safetensors, tokens: all}]"
	facts.Adapters = adapted.Adapters
	assert.Empty(t, f.compile(text).Forced)
	f.write("lie.safetensors", meta(), lie())
	assert.Empty(t, f.compile(text).Forced, "of an adapter nothing is known")
	base := meta()
	base.Adapters = []vector.Adapter{}
	f.write("lie.safetensors", base, lie())
	f.refused(text, "adapters: none in the file, mood.gguf of scale 0.5 (sha256 mm) now")
}

// Another block is noted, another kind of point refused.
func TestDirectionsAtOtherPoints(t *testing.T) {
	f := newFolder(t)
	f.write("z.safetensors", vector.Meta{Kind: vector.Directions, Point: "blocks.2.attn.hook_z"}, lie())
	one := func(at, more string) string {
		return fmt.Sprintf("interventions: [{name: x, at: %s, do: remove, tokens: all, %s}]", at, more)
	}
	for _, at := range []string{"'resid_post:1'", "'resid_pre:2'", "'resid_mid:3'", "['resid_post:1', 'resid_post:2']", "resid_post, each: layer"} {
		set := f.compile(one(at, "vector: lie.safetensors"))
		assert.Empty(t, set.Forced, at)
		assert.True(t, slices.ContainsFunc(set.Notices, func(n string) bool { return assert.ObjectsAreEqual(n[:24], "interventions[0] (x): \"l") }), "%v", set.Notices)
	}
	for _, c := range []struct{ at, more, says string }{
		{"'mlp_out:2'", "vector: lie.safetensors", `"lie.safetensors#lie" is used otherwise than it was made: kind of point: resid_post in the file, mlp_out now`},
		{"'z:2'", "vector: lie.safetensors", "resid_post in the file, z now"},
		{"'resid_post:2'", "vector: z.safetensors", "z in the file, resid_post now"},
		{"'q:2'", "vector: z.safetensors", "z in the file, q now"},
		{"['resid_post:2', 'attn_out:2']", "vector: lie.safetensors", "resid_post in the file, attn_out now"},
		{"'attn_out:2'", "vector: lie.safetensors#lie.negative", "resid_post in the file, attn_out now"},
		{"'attn_out:2'", "vector: {random: {like: lie.safetensors, seed: 1}}", "resid_post in the file, attn_out now"},
	} {
		if c.more == "vector: lie.safetensors#lie.negative" {
			c.more += "}, {name: y, at: 'resid_post:1', do: remove, tokens: all, vector: calm.safetensors"
		}
		f.refused(one(c.at, c.more), "(x)", c.says)
		assert.NotEmpty(t, f.compile(one(c.at, "force: true, "+c.more)).Forced)
	}
	set := f.compile(one("'mlp_out:0-3'", "force: true, vector: lie.safetensors"))
	assert.Equal(t, []string{"x: lie.safetensors#lie: kind of point: resid_post in the file, mlp_out now"}, set.Forced)
	assert.Empty(t, set.Notices)
	f.refused(one("'z:1'", "vector: z.safetensors")+"\ncontrols: {unrelated: lie.safetensors}", "controls.unrelated", "resid_post in the file, z now")

	// The control in another block, and a score at its own point, are no other kind.
	set = f.compile(one("'resid_post:2'", "vector: lie.safetensors, when: {probe: probe.safetensors, above: 0}") + "\ncontrols: {layer: [3], random: 1}")
	assert.Empty(t, set.Forced)
	assert.Empty(t, set.Notices)
	set = f.compile("interventions: [{name: x, at: 'mlp_out:3', do: replace, vector: zero, when: {probe: probe.safetensors, above: 0}, tokens: all}]")
	assert.Empty(t, set.Forced)
}

// A run that began with a direction goes on with it; what was put together by force is told.
func TestKeptDirectionsAreTaken(t *testing.T) {
	f := newFolder(t)
	put := otherwise()
	put.Forced = []string{"a and b: point: c in the file, d now"}
	f.write("lie.safetensors", put, lie())
	const text = "interventions: [{name: x, at: 'mlp_out:2', do: remove, vector: lie.safetensors, tokens: all, force: true}]"
	set := f.compile(text)
	require.Len(t, set.Forced, 3)
	assert.Equal(t, []string{`interventions[0] (x): "lie.safetensors#lie" was put together by force: a and b: point: c in the file, d now`}, set.Notices)
	kept, err := set.Directions()
	require.NoError(t, err)
	path := filepath.Join(f.dir, "kept.safetensors")
	require.NoError(t, disk.WriteWhole(disk.OS{}, path, kept))
	s, err := f.spec(text)
	require.NoError(t, err)
	s.Interventions[0].Force = false // as of a run before another kind of point was refused
	source, err := Kept(s, path)
	require.NoError(t, err)
	again, err := Compile(s, source, points(), facts)
	require.NoError(t, err)
	assert.Equal(t, set.Edits, again.Edits)
	assert.Equal(t, set.Forced, again.Forced)
}
