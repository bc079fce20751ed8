package arm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

const near = 1e-5

// unitLie is lie's direction of norm 1.
var unitLie = []float64{0.6, 0, 0, 0.8, 0, 0, 0, 0}

func TestAddInEachUnit(t *testing.T) {
	f := newFolder(t)
	for unit, want := range map[string]float64{
		"raw": 2 * 5, "gap": 2 * 4, "sd": 2 * 1.5, "norm": 2 * math.Sqrt(inner(someRow, someRow)),
	} {
		set, arm := f.one("at: 'resid_post:2', do: add, vector: lie.safetensors, scale: 2, unit: " + unit)
		got := set.apply(t, arm, post(2), someRow, nil)
		for i := range got {
			assert.InDelta(t, someRow[i]+want*unitLie[i], got[i], near, "%s, %d", unit, i)
		}
	}
}

func TestSetInEachUnit(t *testing.T) {
	f := newFolder(t)
	norm := math.Sqrt(inner(someRow, someRow))
	for words, want := range map[string]float64{
		"value: 7":               7,
		"value: 7, unit: raw":    7,
		"value: 1, unit: gap":    5,         // the positive mean
		"value: 0, unit: gap":    1,         // the negative one
		"value: -1, unit: gap":   -3,        // as far on the other side
		"value: 2, unit: sd":     3 + 2*1.5, // from the middle
		"value: 0.5, unit: norm": 0.5 * norm,
		"min: 9":                 9,
		"max: -1":                -1,
		"min: 0.5, max: 2":       1, // it is 1 already
		"min: 0, unit: gap":      1,
		"max: 0, unit: gap":      1,
		"min: 1, unit: gap":      5,
	} {
		set, arm := f.one("at: 'resid_post:2', do: set, vector: lie.safetensors, " + words)
		got := set.apply(t, arm, post(2), someRow, nil)
		assert.InDelta(t, want, inner(unitLie, got), near, words)
		rest := inner(unitLie, someRow)
		for i := range got {
			assert.InDelta(t, someRow[i]+(want-rest)*unitLie[i], got[i], near, "%s leaves the rest", words)
		}
	}
}

func TestLimitsTurnWhereTheVectorPointsToTheNegativeMean(t *testing.T) {
	f := newFolder(t)
	back := lie()
	back.Positive, back.Negative = back.Negative, back.Positive
	f.write("back.safetensors", meta(), back)
	set, arm := f.one("at: 'resid_post:2', do: set, vector: back.safetensors, min: 1, unit: gap") // at least as much as the positive mean, at 1
	assert.InDelta(t, 1, inner(unitLie, set.apply(t, arm, post(2), lieRow(3), nil)), near)
	assert.InDelta(t, 0.5, inner(unitLie, set.apply(t, arm, post(2), lieRow(0.5), nil)), near)
}

func lieRow(x float64) []float64 { return multiplied(unitLie, x) }

// A gap more takes the negative mean's coordinate onto the positive mean's.
func TestAGapMovesOneMeanOntoTheOther(t *testing.T) {
	f := newFolder(t)
	set, arm := f.one("at: 'resid_post:2', do: add, vector: lie.safetensors, unit: gap")
	got := set.apply(t, arm, post(2), vector.Widen(lie().Negative), nil)
	assert.InDelta(t, inner(unitLie, vector.Widen(lie().Positive)), inner(unitLie, got), near)
}

func TestRemoveLeavesNoCoordinate(t *testing.T) {
	f := newFolder(t)
	for _, file := range []string{"lie", "space"} {
		set, arm := f.one("at: 'resid_post:2', do: remove, vector: " + file + ".safetensors")
		got := set.apply(t, arm, post(2), someRow, nil)
		d := map[string][]float32{"lie": lie().Vector, "space": space().Vector}[file]
		for from := 0; from < len(d); from += width {
			assert.InDelta(t, 0, inner(vector.Widen(d[from:from+width]), got), near, file)
		}
		assert.Less(t, inner(got, got), inner(someRow, someRow))
		assert.InDelta(t, someRow[7], got[7], near, "what is not in the span stays")
	}
}

func TestScaleMultipliesTheCoordinates(t *testing.T) {
	f := newFolder(t)
	set := f.compile("interventions: [{name: x, at: 'resid_post:2', tokens: all, do: scale, vector: space.safetensors, scale: [1, 0, 3]}]")
	same := set.apply(t, set.arm(t, "x@1"), post(2), someRow, nil)
	assert.Equal(t, someRow, same, "1 changes nothing")
	gone := set.apply(t, set.arm(t, "x@0"), post(2), someRow, nil)
	thrice := set.apply(t, set.arm(t, "x@3"), post(2), someRow, nil)
	for i := range someRow {
		assert.InDelta(t, 3*(someRow[i]-gone[i]), thrice[i]-gone[i], near)
	}
}

func TestReplace(t *testing.T) {
	f := newFolder(t)
	for ref, want := range map[string][]float64{
		"lie.safetensors": vector.Widen(lie().Vector), "'lie.safetensors#lie.positive'": vector.Widen(lie().Positive), "'lie.safetensors#lie.negative'": vector.Widen(lie().Negative), "zero": make([]float64, width),
	} {
		set, arm := f.one("at: 'resid_post:2', do: replace, vector: " + ref)
		assert.Equal(t, want, set.apply(t, arm, post(2), someRow, nil), ref)
	}
}

func TestSwapTakesTheCoordinatesOfTheOtherRow(t *testing.T) {
	f := newFolder(t)
	set, arm := f.one("at: 'resid_post:2', do: swap, from: pair, vector: space.safetensors")
	got := set.apply(t, arm, post(2), someRow, otherRow)
	q, err := orthonormal(vector.Widen(space().Vector), width)
	require.NoError(t, err)
	for k := range 2 {
		assert.InDelta(t, inner(q[k*width:(k+1)*width], otherRow), inner(q[k*width:(k+1)*width], got), near)
	}
	rest, restBefore := inSpan(q, got), inSpan(q, someRow)
	for i := range got {
		assert.InDelta(t, someRow[i]-restBefore[i], got[i]-rest[i], near, "the rest is its own")
	}
	set, arm = f.one("at: 'resid_post:2', do: swap, from: pair")
	assert.Equal(t, otherRow, set.apply(t, arm, post(2), someRow, otherRow))
}

func TestEraseIsTheMapOfTheFile(t *testing.T) {
	f := newFolder(t)
	set, arm := f.one("at: 'resid_post:2', do: erase, vector: leace.safetensors")
	assert.Equal(t, append([]float64{3}, someRow[1:]...), set.apply(t, arm, post(2), someRow, nil))
}

func TestOrthonormalRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		k, n := 1+r.IntN(5), 5+r.IntN(20)
		rows := isotropic(r, k, n)
		addScaled(rows[(k-1)*n:], 1e4, rows[:n]) // nearly along the first, for one pass a loss of digits
		q, err := orthonormal(rows, n)
		require.NoError(t, err)
		for i := range k {
			for j := range k {
				want := 0.0
				if i == j {
					want = 1
				}
				assert.InDelta(t, want, inner(q[i*n:(i+1)*n], q[j*n:(j+1)*n]), 1e-13)
			}
			inside := inSpan(q, rows[i*n:(i+1)*n])
			for at, x := range rows[i*n : (i+1)*n] {
				assert.InDelta(t, x, inside[at], 1e-9*math.Sqrt(inner(rows[i*n:(i+1)*n], rows[i*n:(i+1)*n])), "the span is that of the rows")
			}
		}
	}
	_, err := orthonormal([]float64{1, 2, 3, 2, 4, 6.0000001}, 3)
	assert.ErrorContains(t, err, "depend on each other")
	_, err = orthonormal([]float64{0, 0}, 2)
	assert.ErrorIs(t, err, errZero)
	q, err := orthonormal([]float64{1e-300, 1e-300}, 2)
	require.NoError(t, err)
	assert.InDelta(t, math.Sqrt(0.5), q[0], 1e-12)
}

func TestRankOfAMatrix(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for want := range 6 {
		n := 6 + r.IntN(10)
		q, err := orthonormal(isotropic(r, max(want, 1), n), n)
		require.NoError(t, err)
		m := make([]float64, n*n)
		for k := range want {
			for i := range n {
				addScaled(m[i*n:(i+1)*n], 3*q[k*n+i], q[k*n:(k+1)*n])
			}
		}
		assert.Equal(t, want, rankOf(m, n))
	}
}

func TestHeads(t *testing.T) {
	f := newFolder(t)
	z := hooks.Point{Site: hooks.Z, Layer: 1}
	whole := vector.Meta{Kind: vector.Directions, Point: z.String()}
	f.write("lie.safetensors", whole, lie())
	f.write("calm.safetensors", whole, &vector.Direction{Name: "calm", Rank: 1, Width: width, Vector: []float32{0, 0, 5, 0, 0, 0, 1, 0}, SD: 1})
	for words, want := range map[string][]float64{
		"do: add, heads: [1], vector: head.safetensors":     {1, -2, 3, 0.5, 5, 1, 4, 7},
		"do: add, heads: [1, 0], vector: head.safetensors":  {2, 0, 5, 0.5, 5, 1, 4, 7},
		"do: add, heads: [0], vector: lie.safetensors":      {4, -2, 3, 4.5, 4, -1, 2, 7},
		"do: add, heads: [1], vector: calm.safetensors":     {1, -2, 3, 0.5, 4, -1, 3, 7}, // its float of head 0 stays out
		"do: replace, heads: [1], vector: calm.safetensors": {1, -2, 3, 0.5, 0, 0, 1, 0},
		"do: replace, heads: [1], vector: head.safetensors": {1, -2, 3, 0.5, 1, 2, 2, 0},
		"do: replace, heads: [0], vector: zero":             {0, 0, 0, 0, 4, -1, 2, 7},
		"do: swap, from: pair, heads: [1]":                  {1, -2, 3, 0.5, 2, 5, -6, 1},
		"do: remove, heads: [1], vector: calm.safetensors":  {1, -2, 3, 0.5, 4, -1, 0, 7},
	} {
		set, arm := f.one("at: 'z:1', " + words)
		got := set.apply(t, arm, z, someRow, otherRow)
		for i := range got {
			assert.InDelta(t, want[i], got[i], near, "%s: %v", words, got)
		}
	}
	f.refused("interventions: [{name: x, tokens: all, at: 'z:1', do: add, heads: [2], vector: head.safetensors}]", "heads holds 2", "2 heads")
	f.refused("interventions: [{name: x, tokens: all, at: 'z:1', do: add, vector: head.safetensors}]", "width 4", "8 numbers")
	f.refused("interventions: [{name: x, tokens: all, at: 'z:1', do: erase, heads: [0], vector: leace.safetensors}]", "cannot be cut")
	f.refused("interventions: [{name: x, tokens: all, at: 'z:1', do: add, heads: [1], vector: lie.safetensors}]", "zero")
}

// The random directions of a run can be made again years later: the generator and its
// normal numbers are fixed.
func TestTheGeneratorIsFixed(t *testing.T) {
	got := isotropic(draws("control", 1, "lie"), 1, 4)
	for i, want := range []float64{0.3187296437925756, 0.8734441794633874, 0.091936961814725, 1.4798727554193165} {
		assert.InDelta(t, want, got[i], 1e-12, "%v", got)
	}
}
