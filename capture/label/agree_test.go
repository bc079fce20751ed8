package label

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// opinions makes a table of values by sample; "" is no label.
func opinions(values ...string) *labels.Table {
	t := &labels.Table{Header: labels.Header{Name: "t", Version: 1}}
	for i, v := range values {
		if v != "" {
			t.Labels = append(t.Labels, labels.Label{SampleID: int64(i), Value: v})
		}
	}
	return t
}

// repeated makes a value n times.
func repeated(out []string, n int, value string) []string {
	for range n {
		out = append(out, value)
	}
	return out
}

func TestKappa(t *testing.T) {
	// 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: p_o = 0.7, p_e = 0.5.
	var a, b []string
	a, b = repeated(a, 25, "yes"), repeated(b, 20, "yes")
	a, b = repeated(a, 25, "no"), repeated(b, 5, "no")
	b = repeated(repeated(b, 10, "yes"), 15, "no")
	g := compareTables(opinions(a...), opinions(b...), false)
	assert.Equal(t, 50, g.Both)
	assert.Equal(t, 35, g.Agree)
	assert.InDelta(t, 70, *g.Percent, 1e-9)
	assert.InDelta(t, 0.4, *g.Kappa, 1e-12)
	assert.Equal(t, []Cell{{"no", "no", 15}, {"no", "yes", 10}, {"yes", "no", 5}, {"yes", "yes", 20}}, g.Counts)

	for _, c := range []struct {
		a, b  []string
		kappa float64
	}{
		{[]string{"x", "y"}, []string{"x", "y"}, 1},
		{[]string{"x", "y"}, []string{"y", "x"}, -1},
		{[]string{"x", "x", "y", "y"}, []string{"x", "y", "x", "y"}, 0},
		{[]string{"x", "y", "z"}, []string{"x", "y", "y"}, (2.0/3 - 3.0/9) / (1 - 3.0/9)},
		{[]string{"x", "x"}, []string{"x", "y"}, 0}, // one of them is certain, not both
	} {
		g := compareTables(opinions(c.a...), opinions(c.b...), false)
		require.NotNil(t, g.Kappa, "%v", c)
		assert.InDelta(t, c.kappa, *g.Kappa, 1e-12, "%v", c)
	}
}

func TestKappaMayBeUndefined(t *testing.T) {
	g := compareTables(opinions("x", "x"), opinions("x", "x"), false)
	assert.Nil(t, g.Kappa)
	assert.Contains(t, g.Undefined, `one value alone, "x"`)
	assert.InDelta(t, 100, *g.Percent, 0)
	g = compareTables(opinions("x", ""), opinions("", "x"), false)
	assert.Nil(t, g.Kappa)
	assert.Nil(t, g.Percent)
	assert.Equal(t, []int{0, 1, 1}, []int{g.Both, g.OnlyA, g.OnlyB})
}

func TestAmbiguousIsAValueUnlessLeftOut(t *testing.T) {
	a, b := opinions("x", "y", labels.Ambiguous, "x", labels.Ambiguous), opinions("x", "y", "x", labels.Ambiguous, labels.Ambiguous)
	g := compareTables(a, b, false)
	assert.Equal(t, []int{5, 3, 3}, []int{g.Both, g.Agree, g.Ambiguous})
	g = compareTables(a, b, true)
	assert.Equal(t, []int{2, 2, 3}, []int{g.Both, g.Agree, g.Ambiguous})
	assert.InDelta(t, 1, *g.Kappa, 1e-12)
}

func TestAgreeReadsTables(t *testing.T) {
	dir := labelRun(t, rundir.Complete, said("red", `{"answer":"red"}`), said("blue", `{"answer":"red"}`), said("no red", `{"answer":"red"}`))
	for _, kind := range []string{"contains", "equals"} {
		_, err := ByRule(dir, Rule{Kind: kind, Answer: "answer", True: "y", False: "n"}, asTruth)
		require.NoError(t, err)
	}
	g, err := Agree(dir, "truth@1", "truth", false, 5)
	require.NoError(t, err)
	assert.Equal(t, "truth@2", g.B)
	assert.Equal(t, []Disagreement{{SampleID: 2, PromptID: "no red", A: "y", B: "n", Response: "no red"}}, g.Differ)
	g, err = Agree(dir, "truth@1", "truth", false, 0)
	require.NoError(t, err)
	assert.Empty(t, g.Differ)
	for _, bad := range []string{"truth@0", "truth@", "truth@x", "Truth", "", "truth@99999999999"} {
		_, err = Agree(dir, bad, "truth", false, 0)
		expect.Refused(t, err, "names no label table")
	}
	_, err = Agree(dir, "truth", "other", false, 0)
	expect.Refused(t, err, `has no "other"; there are: truth@1, truth@2`)
}
