package page

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
)

// hostile is text that would be obeyed somewhere.
const hostile = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x00\x1b[2J\u202e\u2066<!--]]>&lt;"

// size is how much a report has.
type size struct{ layers, samples, shown, tokens int }

var usual = size{layers: 12, samples: 200, shown: 2, tokens: 30}

func around(value, half float64) metric.Interval {
	return metric.Interval{Value: value, Low: max(0, value-half), High: min(1, value+half), Level: 0.95, N: 200, Groups: 50, DF: 40, Method: metric.ByScore}
}

// full has every part of a report. name is in every text.
func full(t *testing.T, s size, name string) *report.Report {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(n int, mean float64) (out []report.Number, all []float64) {
		for range n {
			x := mean + r.NormFloat64()
			out, all = append(out, report.Number(x)), append(all, x)
		}
		return out, all
	}
	lies, a := draw(s.samples/2, 1.5)
	mistakes, b := draw(s.samples/2, 0)
	songs, _ := draw(300, 0)
	data := metric.Data{Score: append(a, b...), Positive: make([]bool, s.samples/2*2)}
	probabilities := metric.Data{Positive: data.Positive}
	for i := range data.Positive {
		data.Positive[i] = i < s.samples/2
		probabilities.Score = append(probabilities.Score, 1/(1+math.Exp(-data.Score[i]+0.7)))
	}
	roc, err := metric.ROC(data)
	require.NoError(t, err)
	calibration, err := metric.Calibrate(probabilities, 10, 0.95, 1)
	require.NoError(t, err)
	out := &report.Report{
		Version: report.Version, Kind: report.Train, Program: "1.0" + name,
		Task: report.Task{
			Runs: []report.Run{{Name: "lies" + name, ID: "7"}}, Model: "model.gguf" + name, Layers: s.layers, Width: 64, Label: "truth" + name,
			Positive: report.Class{Name: "lie" + name, Samples: s.samples / 2, Groups: 50}, Negative: report.Class{Name: "mistake" + name, Samples: s.samples / 2, Groups: 50, Without: 2},
			Tokens: []string{"", "response[0]" + name}, Rows: "one a sample" + name, Groups: "question" + name, Mixed: 50, Split: "5 folds" + name, How: []string{"means" + name}, Seed: math.MaxUint64, Level: 0.95,
		},
		Verdict:     &report.Verdict{Word: "reads the text" + name, Text: "It does." + name, Because: []string{"first" + name}, Change: []string{"second" + name}},
		AUROC:       new(around(0.876, 0.05)),
		Permutation: &report.Permutation{Of: report.WholeProcedure, P: 0.000999, Draws: 1000, Median: 0.501, Quantile: 0.612},
		Balanced:    new(around(0.812, 0.05)), Calibration: calibration, ROC: roc,
		Baselines: []report.Baseline{
			{Name: "length" + name, Kind: "text", AUROC: around(0.612, 0.06), Difference: around(0.264, 0.07), Note: "a note" + name},
			{Name: "topic", Kind: "other" + name, AUROC: metric.Interval{Value: math.NaN()}, Difference: metric.Interval{Value: math.NaN()}},
		},
		LeftOut:     []report.LeftOut{{By: "style" + name, Value: "poem" + name, AUROC: around(0.71, 0.1)}},
		Selectivity: []report.Selectivity{{Task: "token" + name, Accuracy: around(0.81, 0.04), Control: around(0.52, 0.04), Difference: around(0.29, 0.05)}},
		CodeLength:  &report.CodeLength{Point: "blocks.3" + name, CodeLength: metric.CodeLength{Bits: 101.5, Uniform: 200, Compression: 1.97, N: 200, Classes: 2}},
		Scores:      []report.Scores{{Name: "lie" + name, Values: lies}, {Name: "mistake" + name, Values: append(mistakes, report.Number(math.NaN()))}, {Name: "songs" + name, Values: songs}},
		Matrix: &report.Matrix{By: "style" + name, Train: []string{"plain" + name, "poem"}, Test: []string{"plain" + name, "poem", "song"},
			AUROC:  [][]metric.Interval{{around(0.95, 0.02), around(0.31, 0.04), {Value: math.NaN()}}, {around(0.51, 0.1), around(0.9, 0.02), around(0.6, 0.01)}},
			Within: [][]bool{{true, false, false}, {false, true, false}}},
		Probe:    &report.Probe{File: "lie.safetensors" + name, Name: "lie" + name, Point: "blocks.2.hook_resid_post", Tokens: "", How: "means", Norm: 2.5},
		Warnings: []string{"few samples" + name},
	}
	for i, n := range []int{300, 40} {
		c := report.Control{Name: fmt.Sprintf("songs %d", i) + name, Samples: n, Groups: n, FalsePositives: around(0.01, 0.01), Note: "a set" + name}
		c.Recall = &metric.Recall{Threshold: metric.Threshold{Alpha: 0.01, Value: 2.125, N: n}, Rate: around(0.3, 0.1), Both: around(0.3, 0.3)}
		c.Threshold = 14.5
		if i == 1 {
			c.Recall.Threshold.Value, c.Threshold = math.Inf(1), report.Number(math.Inf(1))
		}
		out.Controls = append(out.Controls, c)
	}
	for layer := range s.layers {
		for _, kind := range []string{"hook_resid_mid", "hook_resid_post"} {
			for _, tokens := range []string{"", "response[0]"} {
				out.Curve = append(out.Curve, report.Point{Name: fmt.Sprintf("blocks.%d.%s", layer, kind), Layer: layer, Tokens: tokens, How: "means", AUROC: around(0.5+0.4*float64(layer)/float64(s.layers), 0.05), P: 0.01})
			}
		}
	}
	out.Curve = append(out.Curve, report.Point{Name: "hook_embed" + name, Layer: -1, How: "means", AUROC: around(0.52, 0.06), P: report.Number(math.NaN())})
	out.Curve[4].AUROC.Value = math.NaN()
	for fold := range 5 {
		out.Choices = append(out.Choices, report.Choice{Fold: fmt.Sprint(fold) + name, Point: fmt.Sprintf("blocks.%d.hook_resid_post", min(s.layers-1, 2+fold/4)), How: "means", Inner: 0.9, AUROC: report.Number(math.NaN())})
	}
	for i := range s.shown {
		one := report.Sample{ID: int64(i), Run: "lies" + name, Prompt: "q" + name, Class: "lie" + name, Score: 1.25}
		for k := range s.tokens {
			one.Tokens, one.Scores = append(one.Tokens, fmt.Sprintf(" word%d", k)+name), append(one.Scores, report.Number(r.NormFloat64()))
			one.Phase, one.Selected = append(one.Phase, []string{"prompt", "response"}[min(1, 2*k/s.tokens)]), append(one.Selected, k%7 > 0)
		}
		out.Samples = append(out.Samples, one)
	}
	return out
}

// written is a page as text and as a tree.
func written(t *testing.T, r *report.Report) (string, *html.Node) {
	var out bytes.Buffer
	require.NoError(t, Write(&out, r))
	tree, err := html.Parse(bytes.NewReader(out.Bytes()))
	require.NoError(t, err)
	return out.String(), tree
}

// all are the elements with a name, in order.
func all(n *html.Node, name string) (out []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			out = append(out, d)
		}
	}
	return out
}

func byID(n *html.Node, id string) *html.Node {
	for d := range n.Descendants() {
		if attribute(d, "id") == id {
			return d
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasClass(n *html.Node, class string) bool {
	return strings.Contains(" "+attribute(n, "class")+" ", " "+class+" ")
}

// lacks says where a page has what it should not.
func lacks(t *testing.T, page string, words ...string) {
	for _, w := range words {
		if i := strings.Index(page, w); i >= 0 {
			t.Errorf("%s in ...%s", w, page[max(0, i-80):min(len(page), i+80)])
		}
	}
}

// textOf is all text in an element.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
