package page

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
)

// classed are the elements with a class.
func classed(n *html.Node, class string) (out []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && hasClass(d, class) {
			out = append(out, d)
		}
	}
	return out
}

func lengthOf(t *testing.T, n *html.Node, name string) float64 {
	x, err := strconv.ParseFloat(attribute(n, name), 64)
	require.NoError(t, err)
	return x
}

// tableOf are the texts of a figure's table.
func tableOf(n *html.Node) (out [][]string) {
	for _, row := range all(all(n, "tbody")[0], "tr") {
		var cells []string
		for c := row.FirstChild; c != nil; c = c.NextSibling {
			cells = append(cells, textOf(c))
		}
		out = append(out, cells)
	}
	return out
}

func TestTheCurveHasBaselinesChanceAndChoices(t *testing.T) {
	_, tree := written(t, full(t, usual, ""))
	first := byID(tree, "curve-1")
	require.True(t, hasClass(first, "wide"))
	assert.Contains(t, textOf(all(first, "figcaption")[0]), "all rows")
	base := classed(first, "base")
	require.Len(t, base, 1, "a baseline without a value has no line")
	chance := classed(first, "chance")[0]
	assert.Less(t, lengthOf(t, base[0], "y1"), lengthOf(t, chance, "y1"), "0.612 lies above 0.5")
	text := textOf(first)
	for _, words := range []string{"length 0.612", "chance 0.5", "4/5", "1/5", "resid_mid", "resid_post"} {
		assert.Contains(t, text, words)
	}
	assert.Len(t, classed(first, "mark"), 1, "the probe that was written")
	assert.Len(t, classed(byID(tree, "curve-2"), "mark"), 0)
	assert.Len(t, tableOf(first), 24)
	assert.Contains(t, textOf(byID(tree, "layers")), "Points of no layer")
	assert.Contains(t, textOf(byID(tree, "layers")), "hook_embed")
	// A curve is cut where a point has no value: blocks.1, resid_mid, all rows.
	var lines []int
	for _, n := range classed(all(first, "svg")[2], "line") {
		lines = append(lines, strings.Count(attribute(n, "d"), "L"))
	}
	assert.Equal(t, []int{0, 9, 11}, lines)
}

func TestThePointOfOnePercentIsMarked(t *testing.T) {
	r := full(t, usual, "")
	r.ROC = &metric.Curve{Points: []metric.Point{{}, {FalsePositives: 0, Recall: 0.25}, {FalsePositives: 0.01, Recall: 0.5}, {FalsePositives: 0.5, Recall: 0.75}, {FalsePositives: 1, Recall: 1}}, At: 2}
	r.Task.Negative.Samples = 40
	_, tree := written(t, r)
	log := byID(tree, "roc-log")
	pick := classed(log, "pick")[0]
	assert.InDelta(t, 56+340.0/3, lengthOf(t, pick, "cx"), 0.1, "1 % is a third of the way from 0.1 to 100 %")
	assert.InDelta(t, 14+170, lengthOf(t, pick, "cy"), 0.1, "recall 0.5 is half the way up")
	assert.Equal(t, lengthOf(t, classed(log, "limit")[0], "x1"), lengthOf(t, pick, "cx"))
	assert.Contains(t, textOf(log), "50.0 % at 1 %")
	assert.Contains(t, textOf(byID(tree, "roc")), "There are 40 negative samples")
	assert.Equal(t, []string{"1 %", "1.0 %", "50.0 %"}, tableOf(log)[3])
	assert.Equal(t, []string{"0 %", "0.0 %", "25.0 %"}, tableOf(log)[0])
}

func TestSetsOfScoresShareBinsAndTheirCountsAddUp(t *testing.T) {
	r := full(t, usual, "")
	_, tree := written(t, r)
	f := byID(tree, "scores-figure")
	sums := make([]int, len(r.Scores))
	for _, row := range tableOf(f) {
		for i := range sums {
			n, err := strconv.Atoi(row[2+i])
			require.NoError(t, err)
			sums[i] += n
		}
	}
	assert.Equal(t, []int{100, 100, 300}, sums)
	assert.Contains(t, textOf(f), "1 sample without a score")
	assert.Len(t, classed(f, "limit"), 1, "a threshold that is none has no line")
	assert.Len(t, classed(f, "spos"), 1)
	assert.Len(t, classed(f, "sneg"), 1)
	assert.Len(t, classed(f, "sctl"), 1)
}

func TestOneScoreFarAwayDoesNotStretchTheAxis(t *testing.T) {
	var values []report.Number
	r := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		values = append(values, report.Number(r.Float64()))
	}
	sets, low, high := histograms([]report.Scores{{Values: append(values, 1e6)}})
	assert.True(t, low >= 0 && low < 0.1 && high > 0.9 && high < 2, "%g to %g", low, high)
	assert.Equal(t, 1, sets[0].above)
	total := 0
	for _, n := range sets[0].counts {
		total += n
	}
	assert.Equal(t, 1001, total)
}

// Whatever numbers a report has, the page is drawn and holds no number that is none.
func TestExtremeNumbersAreDrawn(t *testing.T) {
	for _, x := range []float64{0, 1, -1, 1e-300, 1e300, -1e300, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()} {
		r := full(t, size{layers: 1, samples: 4, shown: 1, tokens: 4}, "")
		i := metric.Interval{Value: x, Low: x, High: x}
		r.AUROC, r.Balanced = &i, &i
		r.Permutation = &report.Permutation{P: x, Median: x}
		for c := range r.Curve {
			r.Curve[c].AUROC, r.Curve[c].P, r.Curve[c].Layer = i, report.Number(x), c*1000
		}
		r.Baselines[0].AUROC, r.Baselines[0].Difference, r.LeftOut[0].AUROC, r.Controls[0].FalsePositives = i, i, i, i
		r.Controls[0].Recall.Threshold = metric.Threshold{Value: x, Alpha: x}
		r.Matrix.AUROC = [][]metric.Interval{{i}}
		r.Scores = []report.Scores{{Values: []report.Number{report.Number(x), report.Number(-x), report.Number(x)}}, {}}
		r.Samples[0].Scores = []report.Number{report.Number(x), 1, 2, 3, 4, 5, 6}
		r.Samples[0].Phase, r.Samples[0].Selected = nil, nil
		r.ROC.Points[1] = metric.Point{FalsePositives: x, Recall: x}
		r.ROC.At = 99999
		r.Calibration.Bins[0] = metric.Bin{Low: x, High: x, N: 1, Probability: x, Positive: x}
		r.CodeLength.Bits = x
		text, tree := written(t, r)
		lacks(t, text, "NaN", "Inf", "%!")
		for d := range tree.Descendants() {
			for _, a := range d.Attr {
				if slices.Contains([]string{"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height"}, a.Key) && d.Data != "svg" {
					v, err := strconv.ParseFloat(a.Val, 64)
					assert.True(t, err == nil && math.Abs(v) < 5000, "%g: %s %s=%q", x, d.Data, a.Key, a.Val)
				}
			}
		}
	}
}

func TestBelowHalfHasAnotherHue(t *testing.T) {
	_, tree := written(t, full(t, usual, ""))
	m := byID(tree, "matrix")
	var classes []string
	for _, c := range classed(m, "cell") {
		classes = append(classes, strings.TrimSpace(strings.TrimPrefix(attribute(c, "class"), "cell")))
	}
	assert.Equal(t, []string{"h9", "l4", "", "h8", "h2"}, classes)
	assert.Len(t, classed(m, "nocell"), 1)
	assert.Len(t, classed(m, "own"), 2)
	assert.Equal(t, []string{"plain", "poem", "0.310 [0.270, 0.350]", "200", "50", ""}, tableOf(m)[1])
	assert.Equal(t, report.None, tableOf(m)[2][2])
	large := &report.Matrix{By: "depth"}
	for range 120 {
		large.Train, large.Test = append(large.Train, "0.5"), append(large.Test, strings.Repeat("long", 40))
		large.AUROC = append(large.AUROC, slices.Repeat([]metric.Interval{around(0.7, 0.1)}, 120))
	}
	text, tree := written(t, &report.Report{Matrix: large})
	assert.Less(t, lengthOf(t, all(byID(tree, "matrix"), "svg")[0], "width"), 1200.0)
	assert.Less(t, len(text), 120*120*700)
}

func TestTokensAreColouredByScore(t *testing.T) {
	r := &report.Report{Samples: []report.Sample{{
		Tokens:   []string{"<|user|>", " a", "b\n", "\t", "c\u200b", "", "d", "<s>"},
		Roles:    []string{"template", "user", "user", "user", "user", "user", "assistant", "user"},
		Phase:    []string{"prompt", "prompt", "prompt", "prompt", "prompt", "prompt", "response", "response"},
		Scores:   []report.Number{report.Number(math.NaN()), -2, 2, 1, 0.05, 0, -100, 0},
		Selected: []bool{false, true, true, true, true, true, true, false},
	}, {Tokens: []string{"<s>"}}}}
	for range 100 {
		r.Samples[1].Tokens, r.Samples[1].Scores = append(r.Samples[1].Tokens, "x"), append(r.Samples[1].Scores, 2)
	}
	_, tree := written(t, r)
	one := byID(tree, "sample-1")
	parts := classed(one, "part")
	require.Len(t, parts, 2)
	var texts, classes []string
	for _, part := range parts {
		for _, s := range all(classed(part, "tokens")[0], "span") {
			texts, classes = append(texts, textOf(s)), append(classes, attribute(s, "class"))
		}
	}
	assert.Equal(t, []string{"<|user|>", "·a", "b↵", "→", `c\u200b`, "∅", "d", "<s>"}, texts)
	assert.Equal(t, []string{"t x", "n10", "p10", "p5", "", "", "n10", "x"}, classes, "100 does not wash out the others")
	assert.Equal(t, "prompt", textOf(classed(parts[0], "phase")[0]))
	assert.Equal(t, "response", textOf(classed(parts[1], "phase")[0]))
	assert.Equal(t, []string{"1", "·a", "prompt", "user", "yes", "-2.000"}, tableOf(one)[1])
	assert.Equal(t, report.None, tableOf(one)[0][5])
	assert.Equal(t, "p10 t", attribute(all(classed(byID(tree, "sample-2"), "tokens")[0], "span")[0], "class"), "without roles, by its shape")
}

func TestControlSetsThatAreTooSmallAreToldSo(t *testing.T) {
	_, tree := written(t, full(t, usual, ""))
	rows := tableOf(byID(tree, "controls"))
	assert.Contains(t, rows[0][5], "30.0 % [20.0 %, 40.0 %]")
	assert.Contains(t, rows[0][5], "where x·v + bias is 14.5")
	assert.Contains(t, rows[1][5], "none")
	assert.Contains(t, rows[1][5], "too few: 40 samples set no threshold of 1 %; it takes 99")
	assert.Len(t, classed(byID(tree, "controls"), "warn"), 1)
}

func TestTheReliabilityDiagramShowsShares(t *testing.T) {
	r := &report.Report{Calibration: &metric.Calibration{ECE: around(0.05, 0.02), Brier: around(0.1, 0.02), Bins: []metric.Bin{
		{Low: 0, High: 0.5, N: 4, Probability: 0.25, Positive: 0.5}, {Low: 0.5, High: 0.75, N: 1, Probability: 0.6, Positive: 1}, {Low: 0.75, High: 1},
	}}}
	_, tree := written(t, r)
	f := byID(tree, "reliability")
	assert.Equal(t, [][]string{{"0.00", "0.50", "4", "0.250", "0.500"}, {"0.50", "0.75", "1", "0.600", "1.000"}, {"0.75", "1.00", "0", "none", "none"}}, tableOf(f))
	marks := slices.DeleteFunc(classed(f, "fill"), func(n *html.Node) bool { return n.Data != "circle" })
	require.Len(t, marks, 2)
	for i, want := range [][2]float64{{56 + 420*0.25, 14 + 260*0.5}, {56 + 420*0.6, 14}} {
		assert.InDelta(t, want[0], lengthOf(t, marks[i], "cx"), 0.1)
		assert.InDelta(t, want[1], lengthOf(t, marks[i], "cy"), 0.1)
	}
	assert.InDelta(t, 2, lengthOf(t, marks[0], "r")/lengthOf(t, marks[1], "r"), 0.05, "the area goes with the samples")
}

func TestLabelsThatAreNearMoveApart(t *testing.T) {
	got := spread([]float64{100, 101, 99, 300}, 14, 0, 400)
	sorted := slices.Sorted(slices.Values(got))
	for i := 1; i < len(sorted); i++ {
		assert.GreaterOrEqual(t, sorted[i]-sorted[i-1], 13.9)
	}
	assert.True(t, got[2] < got[0] && got[0] < got[1])
	assert.InDelta(t, 300, got[3], 0)
	assert.InDelta(t, 100, got[0], 1)
	edge := spread([]float64{1, 1, 1}, 14, 0, 400)
	assert.Equal(t, 0.0, slices.Min(edge))
}
