package hooks

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The names of the sums.
const (
	midIdentity      = "resid_pre + attn_out = resid_mid"
	postIdentity     = "resid_mid + mlp_out = resid_post"
	parallelIdentity = "resid_pre + attn_out + mlp_out = resid_post"
	mlpIdentity      = "resid_pre + mlp_out = resid_post"
	attnIdentity     = "resid_pre + attn_out = resid_post"
	mixerIdentity    = "resid_pre + mixer_out = resid_post"
	mixedIdentity    = "resid_pre + mixer_out = resid_mid"
)

func TestIdentitiesHold(t *testing.T) {
	for name, layers := range fixtures {
		m := located(t, name)
		ids := compute(t, m).check(m)
		want := 1 + 2*layers + layers - 1 + 2 // the embedding, two sums a block, the joints between blocks, the end
		switch name {
		case "command-r", "phi2", "falcon":
			want = 1 + layers + layers - 1 + 2
		case "deci": // block 1 has no attention
			want--
		case "nemotron_h":
			want = 1 + layers + layers - 1 + 2
		}
		assert.Len(t, ids, want, name)
		points := len(m.Points)
		for _, id := range ids {
			assert.True(t, id.Holds(), "%s: %s", name, id)
			if id.Layer >= 0 && id.Name != parallelIdentity { // the same additions, in the same order
				assert.Zero(t, id.Error, "%s: %s", name, id)
			}
			assert.Less(t, id.Error, 1e-5, "%s: %s", name, id)
		}
		m.Refuse(ids)
		assert.Len(t, m.Points, points)
	}
}

func TestWhichIdentitiesThereAre(t *testing.T) {
	for name, want := range map[string][]string{
		"llama": {embedIdentity, midIdentity, postIdentity, midIdentity, postIdentity, nextIdentity, midIdentity, postIdentity, nextIdentity, normIdentity, logitsIdentity},
		"nemotron_h": {
			embedIdentity, mixerIdentity, attnIdentity, nextIdentity, mlpIdentity, nextIdentity, mixerIdentity, nextIdentity, normIdentity, logitsIdentity,
		},
		"lfm2":      {embedIdentity, mixedIdentity, postIdentity, midIdentity, postIdentity, nextIdentity, mixedIdentity, postIdentity, nextIdentity, normIdentity, logitsIdentity},
		"command-r": {embedIdentity, parallelIdentity, parallelIdentity, nextIdentity, parallelIdentity, nextIdentity, normIdentity, logitsIdentity},
		"deci": {embedIdentity, midIdentity, postIdentity, mlpIdentity, nextIdentity, midIdentity, postIdentity, nextIdentity,
			midIdentity, postIdentity, nextIdentity, normIdentity, logitsIdentity},
	} {
		m := located(t, name)
		var got []string
		for _, id := range compute(t, m).check(m) {
			got = append(got, id.Name)
		}
		assert.Equal(t, want, got, name)
	}
}

// A point whose values are wrong breaks the identities that it takes part in, by
// as much as it is wrong, and no other.
func TestAWrongPointBreaksItsIdentities(t *testing.T) {
	for _, c := range []struct {
		name   string
		point  Point
		broken []string
	}{
		{"llama", Point{ResidPre, 0}, []string{"-1 " + embedIdentity, "0 " + midIdentity}}, // block 0 reads the embedding
		{"llama", Point{AttnOut, 1}, []string{"1 " + midIdentity}},
		{"llama", Point{ResidMid, 1}, []string{"1 " + midIdentity, "1 " + postIdentity}},
		{"llama", Point{MLPOut, 1}, []string{"1 " + postIdentity}},
		{"llama", Point{ResidPost, 2}, []string{"2 " + postIdentity, "-1 " + normIdentity}},
		{"llama", Point{Site: FinalNorm}, []string{"-1 " + normIdentity, "-1 " + logitsIdentity}},
		{"command-r", Point{AttnOut, 1}, []string{"1 " + parallelIdentity}},
		{"command-r", Point{MLPOut, 1}, []string{"1 " + parallelIdentity}},
		{"deci", Point{MLPOut, 1}, []string{"1 " + mlpIdentity}},
		{"qwen35", Point{MixerOut, 2}, []string{"2 " + mixedIdentity}},
		{"nemotron_h", Point{MixerOut, 0}, []string{"0 " + mixerIdentity}},
		{"nemotron_h", Point{AttnOut, 1}, []string{"1 " + attnIdentity}},
		{"falcon-h1", Point{MixerOut, 1}, []string{"1 " + mixedIdentity}},
		{"llama", Point{Q, 1}, []string{}},
		{"llama", Point{MLPPost, 1}, []string{}},
	} {
		m := located(t, c.name)
		e := compute(t, m)
		at, ok := m.Find(c.point)
		require.True(t, ok, "%s %s", c.name, c.point)
		size := func(row []float32) (s float64) {
			for _, x := range row {
				s += float64(x) * float64(x)
			}
			return math.Sqrt(s)
		}
		wrong := append([]float32(nil), e.x[at.Node][2]...)
		for i, x := range random("error", len(wrong)) {
			wrong[i] += 0.3 * x
		}
		by := 0.3 * size(random("error", len(wrong)))
		right := e.x[at.Node][2]
		e.x[at.Node] = append([][]float32(nil), e.x[at.Node]...)
		e.x[at.Node][2] = wrong
		ids := e.check(m)
		assert.Equal(t, c.broken, failed(ids), "%s %s", c.name, c.point)
		for _, id := range ids {
			if id.Layer < 0 || id.Holds() {
				continue
			}
			result, ok := m.Find(id.Points[0])
			require.True(t, ok)
			assert.InEpsilon(t, by/size(e.x[result.Node][2]), id.Error, 1e-4, "%s %s: %s", c.name, c.point, id)
		}
		assert.NotEqual(t, right, wrong)
	}
}

// The joint between two blocks is checked by what the second adds to.
func TestABlockThatReadsSomethingElse(t *testing.T) {
	m := located(t, "llama")
	e := compute(t, m)
	m.Read[2].Node = m.Read[1].Node
	ids := e.check(m)
	assert.Equal(t, []string{"2 " + nextIdentity}, failed(ids))
	m.Refuse(ids)
	for _, p := range []Point{{ResidPre, 2}, {ResidPost, 1}} {
		_, ok := m.Find(p)
		assert.False(t, ok)
		assert.Contains(t, m.Absent[p], "block 2: "+nextIdentity+" is off by ")
	}
}

func TestValuesThatAreNotFinite(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		m := located(t, "llama")
		e := compute(t, m)
		at, _ := m.Find(Point{MLPOut, 1})
		e.x[at.Node][3][5] = bad
		ids := e.check(m)
		assert.Equal(t, []string{"1 " + postIdentity}, failed(ids))
		m.Refuse(ids)
		assert.Contains(t, m.Absent[Point{MLPOut, 1}], "block 1: "+postIdentity+": values are not finite")
	}
}

func TestDistance(t *testing.T) {
	const missing = "a tensor that it takes is not in the graph"
	for _, c := range []struct {
		left, right [][]float32
		want        float64
		fault       string
	}{
		{[][]float32{{3, 4}}, [][]float32{{3, 4}}, 0, ""},
		{[][]float32{{3, 4}, {3, 3}}, [][]float32{{3, 4}, {3, 4}}, 0.2, ""},
		{[][]float32{{0, 0}}, [][]float32{{3, 4}}, 1, ""},
		{[][]float32{{0, 0}}, [][]float32{{0, 0}}, 0, ""},
		{[][]float32{{1e-30, 0}}, [][]float32{{2e-30, 0}}, 0.5, ""},
		{[][]float32{{3e38, 0}}, [][]float32{{1e38, 0}}, 2, ""},
		{[][]float32{{1, 0}}, [][]float32{{0, 0}}, 0, "what should be the result is zero"}, // no number that JSON has
		{[][]float32{{1}}, [][]float32{{1, 2}}, 0, "rows have 1 and 2 numbers"},
		{[][]float32{{1}, {2}}, [][]float32{{1}}, 0, missing},
		{nil, [][]float32{{1, 2}}, 0, missing},
		{[][]float32{{1, 2}}, nil, 0, missing},
	} {
		d, fault := distance(c.left, c.right)
		assert.InDelta(t, c.want, d, 1e-6)
		assert.Equal(t, c.fault, fault)
	}
}

func TestIdentityText(t *testing.T) {
	assert.Equal(t, "block 3: "+midIdentity+" is off by 0.25", Identity{Name: midIdentity, Layer: 3, Error: 0.25}.String())
	assert.Equal(t, normIdentity+": why", Identity{Name: normIdentity, Layer: -1, Fault: "why"}.String())
}

// Gemma 4 scales what its blocks leave, and adds per-layer embeddings before that.
func TestTheScaleOfABlockIsTheFiles(t *testing.T) {
	const whole = "(resid_mid + mlp_out + per_layer_out) * layer_output_scale = resid_post"
	m := located(t, "gemma4")
	e := compute(t, m)
	ids := e.check(m)
	assert.Equal(t, whole, ids[2].Name)
	assert.Empty(t, failed(ids))
	m.Scale[1] = "blk.0.layer_output_scale.weight" // another block's
	assert.Equal(t, []string{"1 " + whole}, failed(e.check(m)))
	m.Scale[1] = ""
	assert.Equal(t, []string{"1 resid_mid + mlp_out + per_layer_out = resid_post"}, failed(e.check(m)))
	m.Scale[1] = "blk.1.layer_output_scale.weight"
	m.Drop(Point{PerLayerOut, 1}, "planted")
	assert.Equal(t, []string{"1 (resid_mid + mlp_out) * layer_output_scale = resid_post"}, failed(e.check(m)))
}
