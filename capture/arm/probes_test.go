package arm

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
)

// probes compiles the probes of a spec of the folder.
func (f folder) probes(text string) (*Probes, *Source, error) {
	s, err := f.spec(text)
	require.NoError(f.t, err)
	source, err := Files(s, nil)
	if err != nil {
		return nil, nil, err
	}
	p, err := CompileProbes(s, source, points(), facts, nil)
	return p, source, err
}

// unit is a direction along one float.
func unit(name string, n, width int) *vector.Direction {
	d := &vector.Direction{Name: name, Rank: 1, Width: width, Vector: make([]float32, width), SD: math.NaN()}
	d.Vector[n] = 1
	return d
}

func TestProbesAreNamedAfterDirections(t *testing.T) {
	f := newFolder(t)
	everywhere := meta()
	everywhere.Point = ""
	f.write("all.safetensors", everywhere, unit(post(3).String(), 3, width), unit(post(0).String(), 0, width), unit(post(1).String(), 1, width))
	p, source, err := f.probes(`capture: {hooks: [], probes: [all.safetensors, "probe.safetensors#probe", lie.safetensors]}`)
	require.NoError(t, err)
	var names []string
	for _, x := range p.All {
		names = append(names, x.Name+" "+x.Point.String())
		assert.Equal(t, source.files[x.File].SHA256, x.SHA256)
		assert.Equal(t, "aa", x.Model)
	}
	assert.Equal(t, []string{
		"all:blocks.0.hook_resid_post blocks.0.hook_resid_post", "all:blocks.1.hook_resid_post blocks.1.hook_resid_post", "all:blocks.3.hook_resid_post blocks.3.hook_resid_post",
		"probe blocks.2.hook_resid_post", "lie blocks.2.hook_resid_post",
	}, names, "those of one file in the order in which they are computed")
	probe := p.All[3]
	assert.Equal(t, []float32{1, 0, 0, 0, 0, 0, 0, 2}, probe.Vector)
	assert.EqualValues(t, -0.5, probe.Bias)
	assert.Equal(t, "probe.safetensors#probe", probe.Direction)
	assert.Nil(t, probe.Ends)
	assert.Equal(t, &[2]float64{3*float64(float32(0.6)) + 4*float64(float32(0.8)), 25}, p.All[4].Ends)
	assert.Equal(t, len(p.All), len(p.Scores()))
	one, _, err := f.probes(`capture: {probes: ["all.safetensors#blocks.1.hook_resid_post"]}`)
	require.NoError(t, err)
	assert.Equal(t, "all:blocks.1.hook_resid_post", one.All[0].Name)
}

// The spec as the manifest has it, elsewhere, without any of the files, has the same probes.
func TestARunKeepsItsProbes(t *testing.T) {
	f := newFolder(t)
	everywhere := meta()
	everywhere.Point = ""
	f.write("all.safetensors", everywhere, unit(post(3).String(), 3, width), unit(post(0).String(), 0, width))
	text := `
capture: {probes: [all.safetensors, probe.safetensors, lie.safetensors]}
interventions: [{name: x, at: "resid_post:2", do: add, vector: lie.safetensors, tokens: all, when: {probe: probe.safetensors, above: 1}}]
`
	p, source, err := f.probes(text)
	require.NoError(t, err)
	s, err := f.spec(text)
	require.NoError(t, err)
	set, err := Compile(s, source, points(), facts)
	require.NoError(t, err)
	kept, err := Directions(set, p)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "directions.safetensors")
	require.NoError(t, os.WriteFile(path, kept, 0o600))
	manifest, err := json.Marshal(s)
	require.NoError(t, err)
	old, err := spec.ReadJSON(manifest)
	require.NoError(t, err)
	require.NoError(t, old.Validate())
	from, err := Kept(&old, path)
	require.NoError(t, err)
	sums := map[string]string{}
	for _, x := range p.All {
		sums[x.File] = x.SHA256
	}
	back, err := CompileProbes(&old, from, points(), facts, sums)
	require.NoError(t, err)
	assert.Equal(t, p.All, back.All, "to the bit")
	again, err := Compile(&old, from, points(), facts)
	require.NoError(t, err)
	more, err := Directions(again, back)
	require.NoError(t, err)
	assert.Equal(t, kept, more)
}

func TestProbesThatAreRefused(t *testing.T) {
	f := newFolder(t)
	other := meta()
	other.Model = &vector.Model{SHA256: "bb"}
	nowhere := meta()
	nowhere.Point = ""
	pattern := meta()
	pattern.Point = "blocks.1.attn.hook_pattern"
	deep := meta()
	deep.Model, deep.Point = nil, post(9).String()
	wide := meta()
	wide.Model, wide.Width, wide.Point = nil, 0, "blocks.1.mlp.hook_post"
	template := meta()
	template.TemplateSHA256 = "uu"
	f.write("other.safetensors", other, unit("o", 0, width))
	f.write("nowhere.safetensors", nowhere, unit("o", 0, width))
	f.write("pattern.safetensors", pattern, unit("o", 0, width))
	f.write("deep.safetensors", deep, unit("o", 0, width))
	f.write("wide.safetensors", wide, unit("o", 0, width))
	f.write("template.safetensors", template, unit("o", 0, width))
	f.write("two.safetensors", meta(), unit("a", 0, width), unit("b", 1, width))
	f.write("lies.safetensors", meta(), unit("lie", 1, width))
	line := meta()
	line.Kind, line.How = vector.Subspace, "INLP, 1 round"
	f.write("line.safetensors", line, unit("o", 0, width))
	f.write("zero.safetensors", meta(), &vector.Direction{Name: "z", Rank: 1, Width: width, Vector: make([]float32, width), SD: math.NaN()})
	for ref, says := range map[string][]string{
		"missing.safetensors":               {"capture.probes[0] (missing.safetensors)"},
		"other.safetensors":                 {`"other.safetensors#o" is used otherwise than it was made`, "model's sha256: bb in the file, aa now"},
		"template.safetensors":              {"chat template: sha256 uu in the file, sha256 tt now"},
		"nowhere.safetensors":               {"does not say at which point it scores"},
		"pattern.safetensors":               {"blocks.1.attn.hook_pattern"},
		"deep.safetensors":                  {"scores at blocks.9.hook_resid_post, and the model has 4 blocks"},
		"wide.safetensors":                  {"has the width 8, and blocks.1.mlp.hook_post has rows of 24 numbers"},
		"two.safetensors":                   {"has 2 directions"},
		"two.safetensors#c":                 {`has no direction "c"`},
		"space.safetensors":                 {"is no single direction, but a subspace of rank 2"},
		"leace.safetensors":                 {"is no single direction, but an affine map"},
		"line.safetensors":                  {`"line.safetensors#o" is no single direction, but a subspace of rank 1 (INLP, 1 round)`},
		"zero.safetensors":                  {"is zero"},
		"lie.safetensors#lie.positive":      {"is asked for a class mean"},
		"lie.safetensors, lies.safetensors": {`capture.probes[1]`, `"lie.safetensors#lie" and "lies.safetensors#lie" are both called lie`},
	} {
		_, _, err := f.probes("capture: {probes: [\"" + ref + "\"]}")
		if ref == "lie.safetensors, lies.safetensors" {
			_, _, err = f.probes("capture: {probes: [" + ref + "]}")
		}
		expect.Refused(t, err, says...)
	}
	forced, _, err := f.probes(`capture: {probes: [other.safetensors], force_probes: true}`)
	require.NoError(t, err)
	assert.Equal(t, []string{"capture.probes: other.safetensors#o: model's sha256: bb in the file, aa now"}, forced.Forced)
	_, _, err = f.probes(`capture: {probes: [wide.safetensors], force_probes: true}`)
	expect.Refused(t, err, "has the width 8")
}
