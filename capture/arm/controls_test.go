package arm

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

const dosed = `
interventions:
  - {name: lie, at: "resid_post:2", do: add, vector: lie.safetensors, scale: [1, -3, 2], unit: gap, tokens: all}
  - {name: lie2, at: "resid_post:2", do: add, vector: lie.safetensors, scale: [1, -3], tokens: all}
controls: {random: 200, covariance: 200, opposite: true, unrelated: calm.safetensors, seed: 5}
`

func TestRandomControlsHaveTheNormAndNothingElse(t *testing.T) {
	f := newFolder(t)
	set := f.compile(dosed)
	own := set.edits(set.arm(t, "lie@-3"), post(2))[0]
	size := func(e hooks.Edit) float64 {
		v := vector.Widen(e.Vector)
		return math.Abs(float64(e.Factor)) * math.Sqrt(inner(v, v))
	}
	assert.InDelta(t, 3*4, size(own), 1e-5)
	sum, mean := 0.0, make([]float64, width)
	for n := range 200 {
		e := set.edits(set.arm(t, "lie@-3/random."+itoa(n+1)), post(2))[0]
		assert.InDelta(t, size(own), size(e), 1e-5)
		cos := inner(vector.Widen(e.Vector), unitLie)
		sum += cos * cos
		addScaled(mean, 1./200, vector.Widen(e.Vector))
	}
	// The square of the cosine with a fixed direction has the mean 1/d and, of d = 8, the
	// standard deviation 0.14: over 200 draws 0.01.
	assert.InDelta(t, 1./width, sum/200, 0.05)
	assert.Less(t, math.Sqrt(inner(mean, mean)), 0.25, "no direction is preferred")
	raw := set.edits(set.arm(t, "lie2@-3/random.1"), post(2))[0]
	assert.InDelta(t, 3*5, size(raw), 1e-4, "raw: as long as the vector")
	assert.NotEqual(t, raw.Vector, set.edits(set.arm(t, "lie@-3/random.1"), post(2))[0].Vector)
	cos := inner(vector.Widen(raw.Vector), vector.Widen(set.edits(set.arm(t, "lie@-3/random.1"), post(2))[0].Vector)) / 5
	assert.Less(t, math.Abs(cos), 0.999, "other interventions have other directions")
}

// The rows of lie().Covariance span floats 1, 2 and 7: with 2 in the first, 1 in the others,
// which go together.
func TestCovarianceControlsHaveTheCovariance(t *testing.T) {
	f := newFolder(t)
	set := f.compile(dosed)
	first := 0.0
	for n := range 200 {
		v := vector.Widen(set.edits(set.arm(t, "lie@-3/covariance."+itoa(n+1)), post(2))[0].Vector)
		assert.InDelta(t, 1, inner(v, v), 1e-5)
		assert.InDelta(t, v[2], v[7], 1e-6)
		for _, i := range []int{0, 3, 4, 5, 6} {
			assert.Zero(t, v[i])
		}
		first += v[1] * v[1]
	}
	// Of g ~ N(0, 1): x = (2g, h, h), so that x₁²/|x|² = 4g²/(4g² + 2h²), whose mean is
	// √4/(√4 + √2) = 0.586, by the density of g/h; with a standard deviation of 0.34 at most.
	assert.InDelta(t, 2/(2+math.Sqrt2), first/200, 0.09)
}

func TestOppositeAndUnrelated(t *testing.T) {
	f := newFolder(t)
	set := f.compile(dosed)
	own, opposite := set.arm(t, "lie@-3"), set.arm(t, "lie@-3/opposite")
	assert.Equal(t, []string{Opposite, "lie@-3"}, []string{opposite.Kind, opposite.Of})
	assert.InDelta(t, 3.0, *opposite.Parts[0].Scale, 0)
	a, b := set.edits(own, post(2))[0], set.edits(opposite, post(2))[0]
	assert.Equal(t, a.Vector, b.Vector)
	assert.Equal(t, a.Factor, -b.Factor)
	unrelated := set.edits(set.arm(t, "lie2@-3/unrelated"), post(2))[0]
	n := float32(math.Sqrt(26))
	for i, x := range []float32{0, 0, 25 / n, 0, 0, 0, 5 / n, 0} {
		assert.InDelta(t, x, unrelated.Vector[i], 1e-5, "calm, as long as lie")
	}
}

func TestOppositeOfASet(t *testing.T) {
	f := newFolder(t)
	set := f.compile(`
interventions:
  - {name: value, at: "resid_post:2", do: set, value: 2, vector: lie.safetensors, tokens: all}
  - {name: limits, at: "resid_post:2", do: set, min: 3, max: 4, vector: lie.safetensors, tokens: all}
  - {name: limit, at: "resid_post:2", do: set, min: 3, vector: lie.safetensors, tokens: all}
controls: {opposite: true}
`)
	limits := func(name string) [2]float32 {
		e := set.edits(set.arm(t, name), post(2))[0]
		return [2]float32{e.Low, e.High}
	}
	assert.Equal(t, [2]float32{-2, -2}, limits("value/opposite"))
	assert.Equal(t, [2]float32{-4, -3}, limits("limits/opposite"))
	assert.Equal(t, [2]float32{-math.MaxFloat32, -3}, limits("limit/opposite"))
	assert.Equal(t, [2]float32{3, math.MaxFloat32}, limits("limit"))
}

func TestTheSameSeedGivesTheSameDirections(t *testing.T) {
	f := newFolder(t)
	set, again := f.compile(dosed), f.compile(dosed)
	assert.Equal(t, set.Edits, again.Edits)
	other := f.compile(dosed[:len(dosed)-len("5}\n")] + "6}\n")
	assert.Equal(t, set.names(), other.names())
	assert.NotEqual(t, set.edits(set.arm(t, "lie@-3/random.7"), post(2)), other.edits(other.arm(t, "lie@-3/random.7"), post(2)))
	// More controls, or other interventions, change none of those that were there.
	alone := f.compile(`
interventions: [{name: lie, at: "resid_post:2", do: add, vector: lie.safetensors, scale: -3, unit: gap, tokens: all}]
controls: {random: 7, seed: 5}
`)
	assert.Equal(t, set.edits(set.arm(t, "lie@-3/random.7"), post(2)), alone.edits(alone.arm(t, "lie/random.7"), post(2)))
}

func TestControlsOfSubspaces(t *testing.T) {
	f := newFolder(t)
	with := space()
	with.Covariance = lie().Covariance
	f.write("space.safetensors", meta(), with)
	set := f.compile(`
interventions:
  - {name: out, at: "resid_post:2", do: remove, vector: space.safetensors, tokens: all}
  - {name: swap, at: "resid_post:2", do: swap, from: pair, vector: space.safetensors, tokens: all}
controls: {random: 2, covariance: 1}
`)
	for _, name := range []string{"out/random.1", "out/random.2", "out/covariance.1", "swap/random.1", "swap/covariance.1"} {
		e := set.edits(set.arm(t, name), post(2))[0]
		require.Equal(t, 2, e.Rank, name)
		q := vector.Widen(e.Vector)
		assert.InDelta(t, 1, inner(q[:width], q[:width]), 1e-6)
		assert.InDelta(t, 1, inner(q[width:], q[width:]), 1e-6)
		assert.InDelta(t, 0, inner(q[:width], q[width:]), 1e-6)
	}
	assert.NotEqual(t, set.edits(set.arm(t, "out/random.1"), post(2))[0].Vector, set.edits(set.arm(t, "out/random.2"), post(2))[0].Vector)
	f.refused(`
interventions: [{name: out, at: "resid_post:2", do: remove, vector: space.safetensors, tokens: all}]
controls: {unrelated: calm.safetensors}
`, "controls.unrelated", "rank 1", "rank 2")
	thin := space()
	thin.Covariance = lie().Covariance[:width]
	f.write("space.safetensors", meta(), thin)
	f.refused(`
interventions: [{name: out, at: "resid_post:2", do: remove, vector: space.safetensors, tokens: all}]
controls: {covariance: 1}
`, "covariance.1", "depend on each other")
}

// A control of erase takes out as many coordinates as the map does, and puts the mean's in
// their place.
func TestControlsOfAnAffineMap(t *testing.T) {
	f := newFolder(t)
	means := leace()
	means.Positive, means.Negative = lie().Positive, lie().Negative
	f.write("leace.safetensors", meta(), means)
	set := f.compile(`
interventions: [{name: leace, at: "resid_post:2", do: erase, vector: leace.safetensors, tokens: all}]
controls: {random: 1, unrelated: calm.safetensors, tokens: "prompt[0]"}
`)
	middle := means2(lie())
	for name, along := range map[string][]float64{"leace/random.1": nil, "leace/unrelated": {0, 0, 5 / math.Sqrt(26), 0, 0, 0, 1 / math.Sqrt(26), 0}} {
		arm := set.arm(t, name)
		edits := set.edits(arm, post(2))
		require.Equal(t, []hooks.EditOp{hooks.EditProject, hooks.EditAdd}, []hooks.EditOp{edits[0].Op, edits[1].Op})
		require.Equal(t, 1, edits[0].Rank)
		q := vector.Widen(edits[0].Vector)
		if along != nil {
			assert.InDelta(t, 1, inner(q, along), 1e-6)
		}
		got := set.apply(t, arm, post(2), someRow, nil)
		assert.InDelta(t, inner(q, middle), inner(q, got), near)
		moved := inner(q, middle) - inner(q, someRow)
		for i := range got {
			assert.InDelta(t, someRow[i]+moved*q[i], got[i], near, "the rest stays")
		}
	}
	assert.Equal(t, set.arm(t, "leace").Parts[0].Edits, set.arm(t, "leace/tokens").Parts[0].Edits)
	same := leace()
	same.Matrix[0] = 1
	f.write("leace.safetensors", meta(), same)
	f.refused(`
interventions: [{name: leace, at: "resid_post:2", do: erase, vector: leace.safetensors, tokens: all}]
controls: {random: 1}
`, "changes nothing")
}

func means2(d *vector.Direction) []float64 {
	out := make([]float64, width)
	for i := range out {
		out[i] = (float64(d.Positive[i]) + float64(d.Negative[i])) / 2
	}
	return out
}

func TestControlsOfADose(t *testing.T) {
	f := newFolder(t)
	const spec = `
interventions:
  - {name: lie, at: "resid_post:2", do: add, vector: lie.safetensors, scale: [1, -3, 2, 1.5, -2], tokens: all}
  - {name: off, at: "resid_post:2", do: scale, vector: lie.safetensors, scale: [1, 0, 1.5, 0.6, 1.4], tokens: all}
arms: %
controls: {random: 1%}
`
	controls := func(arms, more string) (out []string) {
		text := replaceEach(spec, arms, more)
		set := f.compile(text)
		for _, a := range set.Arms {
			if a.Kind == Random {
				out = append(out, a.Of)
			}
		}
		return out
	}
	assert.Equal(t, []string{"lie@-3", "off@0"}, controls("[lie, off]", ""))
	assert.Equal(t, []string{"lie@2", "off@1.5"}, controls("[lie@1, lie@2, off@1.5, off@1]", ""))
	assert.Equal(t, []string{"lie@1", "off@1"}, controls("[lie, off]", ", scale: 1"))
	for _, arms := range []string{"[lie@-2, lie@2, off@0.6, off@1.4]", "[lie@2, lie@-2, off@1.4, off@0.6]"} {
		assert.Equal(t, []string{"lie@2", "off@1.4"}, controls(arms, ""), "of equally strong doses the larger number")
	}
	own := "[lie@-2, lie@2, {name: minus, of: [lie@-2]}]"
	assert.Equal(t, []string{"lie@2", "minus"}, controls(own, ""), "an arm with `of` has its own")
	f.refused(replaceEach(spec, "[lie@2, off]", ", scale: 1"), "controls.scale is 1", `"lie"`)
}

func replaceEach(text string, with ...string) (out string) {
	for _, c := range text {
		if c == '%' {
			out, with = out+with[0], with[1:]
			continue
		}
		out += string(c)
	}
	return out
}

func itoa(n int) string {
	if n >= 10 {
		return itoa(n/10) + itoa(n%10)
	}
	return string(rune('0' + n))
}

func TestRandomVectors(t *testing.T) {
	f := newFolder(t)
	set := f.compile(`
interventions:
  - {name: lie, at: "resid_post:2", do: add, vector: lie.safetensors, unit: gap, tokens: all}
  - {name: noise, at: "resid_post:2", do: add, vector: {random: {like: lie, seed: 7}}, unit: gap, tokens: all}
  - {name: other, at: "resid_post:2", do: add, vector: {random: {like: lie, seed: 8}}, tokens: all}
  - {name: file, at: "resid_post:2", do: remove, vector: {random: {like: space.safetensors, seed: 8}}, tokens: all}
`)
	noise, other := set.edits(set.arm(t, "noise"), post(2))[0], set.edits(set.arm(t, "other"), post(2))[0]
	assert.InDelta(t, 4, noise.Factor, 1e-5, "as far as the other's class means are apart")
	assert.InDelta(t, 1, inner(vector.Widen(noise.Vector), vector.Widen(noise.Vector)), 1e-6)
	assert.InDelta(t, 25, inner(vector.Widen(other.Vector), vector.Widen(other.Vector)), 1e-4)
	assert.Less(t, math.Abs(inner(vector.Widen(noise.Vector), vector.Widen(other.Vector))/5), 0.999)
	assert.Equal(t, 2, set.edits(set.arm(t, "file"), post(2))[0].Rank)
}

// A file with directions for blocks that the model does not have is another model's.
func TestDirectionsOfMoreBlocksAreRefused(t *testing.T) {
	f := newFolder(t)
	of := func(layer int) *vector.Direction {
		return &vector.Direction{Name: post(layer).String(), Rank: 1, Width: width, Vector: []float32{1, 0, 0, 0, 0, 0, 0, 0}, SD: math.NaN()}
	}
	f.write("deep.safetensors", vector.Meta{Kind: vector.Directions}, of(1), of(70))
	text := "interventions: [{name: x, tokens: all, at: 'resid_post:1', do: add, vector: deep.safetensors"
	f.refused(text+"}]", "blocks.70.hook_resid_post", "the model has blocks 0 to")
	set, err := f.try(text + ", force: true}]")
	require.NoError(t, err)
	assert.Len(t, set.Forced, 1)
}
