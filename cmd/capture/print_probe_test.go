package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/visible"
)

func intervalOf(value float64) metric.Interval {
	return metric.Interval{Value: value, Low: value - 0.05, High: value + 0.05, N: 200, Groups: 50, Note: "50 groups"}
}

// probeReport has every part that is printed; name is in its texts.
func probeReport(name string) *report.Report {
	auroc := intervalOf(0.9)
	return &report.Report{
		Task:    report.Task{Runs: []report.Run{{Name: "lies" + name}}, Model: "m.gguf", Label: "truth" + name, Positive: report.Class{Name: "lie" + name, Samples: 100, Groups: 50, Without: 3}, Negative: report.Class{Name: "mistake", Samples: 1, Groups: 1}, Groups: "question", Split: "5 folds", Seed: 7, Level: 0.95},
		Verdict: &report.Verdict{Word: "reads the text" + name, Text: "It does.", Because: []string{"length" + name}, Change: []string{"longer texts"}},
		AUROC:   &auroc, Permutation: &report.Permutation{Of: report.WholeProcedure, P: 0.001, Draws: 1000, Median: 0.5, Quantile: 0.6}, Balanced: &auroc,
		Calibration: &metric.Calibration{ECE: intervalOf(0.06), Chance: 0.03, P: 0.2, Brier: intervalOf(0.1)},
		CodeLength:  &report.CodeLength{Point: "blocks.1" + name, CodeLength: metric.CodeLength{Bits: 100, Uniform: 200, Compression: 2, N: 200}},
		Curve:       []report.Point{{Name: "hook_embed", Layer: -1, AUROC: intervalOf(0.5), P: report.Number(math.NaN())}, {Name: "blocks.1.hook_resid_post", Layer: 1, How: "means" + name, AUROC: intervalOf(0.88), P: 0.002}},
		Choices:     []report.Choice{{Point: "blocks.1.hook_resid_post", How: "means" + name}, {Point: "other"}},
		Baselines:   []report.Baseline{{Name: "length" + name, Kind: "text", AUROC: intervalOf(0.6), Difference: intervalOf(0.3), Note: "a note" + name}, {Name: "topic", AUROC: metric.Interval{Value: math.NaN()}}},
		LeftOut:     []report.LeftOut{{By: "style", Value: "poem" + name, AUROC: intervalOf(0.7)}},
		Controls: []report.Control{
			{Name: "songs" + name, Samples: 300, Groups: 300, FalsePositives: intervalOf(0.05), Recall: &metric.Recall{Threshold: metric.Threshold{Alpha: 0.01, Value: 1.5, N: 300}, Rate: intervalOf(0.4)}, Threshold: 1.5},
			{Name: "few", Samples: 40, Groups: 40, FalsePositives: intervalOf(0.05), Recall: &metric.Recall{Threshold: metric.Threshold{Alpha: 0.01, Value: math.Inf(1), N: 40}, Rate: intervalOf(0)}, Threshold: report.Number(math.Inf(1))},
		},
		Selectivity: []report.Selectivity{{Task: "token" + name, Accuracy: intervalOf(0.8), Control: intervalOf(0.5), Difference: intervalOf(0.3)}},
		Matrix:      &report.Matrix{By: "style", Train: []string{"poem" + name, "plain"}, Test: []string{"poem", "plain"}, AUROC: [][]metric.Interval{{intervalOf(0.9), intervalOf(0.31)}, {{Value: math.NaN()}}}, Within: [][]bool{{true}}},
		Probe:       &report.Probe{File: "lie.safetensors", Name: "lie" + name, Point: "blocks.1.hook_resid_post", How: "means"},
		Warnings:    []string{"few samples" + name},
	}
}

func printed(t *testing.T, r *report.Report) string {
	var out bytes.Buffer
	require.NoError(t, printProbe(&out, r))
	return out.String()
}

func TestTheVerdictIsPrintedFirstAndWarningsLast(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(printed(t, probeReport(""))), "\n")
	assert.Equal(t, []string{
		"verdict: reads the text", "It does.", "because:", "  - length", "what would change it:", "  - longer texts", "",
		"lie (100 samples, 50 groups), 3 left out without rows against mistake (1 sample, 1 group), by truth",
		"lies, m.gguf", "5 folds; groups by question; seed 7", "[95 % intervals over groups]", "",
	}, lines[:12])
	assert.Equal(t, "warning: few samples", lines[len(lines)-1])
	var rows []string
	for _, line := range lines {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	for _, want := range []string{
		"AUROC, held out 0.900 [0.850, 0.950] 200 50 50 groups",
		"permutation p 0.0010 - - 1000 draws of the whole procedure; their AUROC: median 0.500, 99 % below 0.600",
		"compression of labels 2.00 200 - 100.0 bits instead of 200.0, at blocks.1",
		"- hook_embed all rows 0.500 [0.450, 0.550] none",
		"1 blocks.1.hook_resid_post all rows means 0.880 [0.830, 0.930] 0.0020 by 1 of 2 folds",
		"length text 0.600 [0.550, 0.650] +0.300 [+0.250, +0.350] a note",
		"topic none 0.000 [0.000, 0.000]",
		"style poem 0.700 [0.650, 0.750] 200 50 50 groups",
		"control set n groups false positives recall at 1 % threshold of x·v + bias",
		"songs 300 300 5.0 % [0.0 %, 10.0 %] 40.0 % [35.0 %, 45.0 %] 1.5",
		"few 40 40 5.0 % [0.0 %, 10.0 %] none none too few: 40 samples set no threshold of 1 %; it takes 99",
		"by token 0.800 [0.750, 0.850] 0.500 [0.450, 0.550] +0.300 [+0.250, +0.350]",
		"poem 0.900 [0.850, 0.950]* 0.310 [0.260, 0.360]", "plain none none",
		"probe: lie at blocks.1.hook_resid_post, all rows, means, in lie.safetensors",
	} {
		assert.Contains(t, rows, want)
	}
}

func TestOnlyWhatIsThereIsPrinted(t *testing.T) {
	assert.Equal(t, " (0 samples, 0 groups) against  (0 samples, 0 groups), by \n", printed(t, &report.Report{}))
}

func TestOfManyPointsTheBestOfEachLayerIsPrinted(t *testing.T) {
	r := &report.Report{}
	for layer := range 30 {
		for i, value := range []float64{math.NaN(), 0.6, 0.8, 0.7} {
			r.Curve = append(r.Curve, report.Point{Name: fmt.Sprintf("blocks.%d.point%d", layer, i), Layer: layer, AUROC: intervalOf(value)})
		}
	}
	r.Curve = append(r.Curve, report.Point{Name: "hook_embed", Layer: -1, AUROC: intervalOf(0.5)}, report.Point{Name: "ln_final", Layer: -1, AUROC: intervalOf(0.5)})
	text := printed(t, r)
	assert.Equal(t, 30, strings.Count(text, ".point2"))
	assert.NotContains(t, text, ".point1")
	assert.Contains(t, text, "hook_embed")
	assert.Contains(t, text, "ln_final")
	assert.Contains(t, text, "90 more points are in the page and the JSON")
}

func TestNoTextOfAReportReachesTheTerminalUnseen(t *testing.T) {
	text := printed(t, probeReport(hostile))
	assert.Equal(t, -1, strings.IndexFunc(text, func(r rune) bool { return r != '\n' && visible.Unsafe(r) }))
	assert.NotContains(t, text, "\x9b")
	assert.Greater(t, strings.Count(text, `\u202e`), 8)
	long := probeReport(strings.Repeat("long", 200))
	long.Verdict, long.Task, long.Warnings, long.Probe = nil, report.Task{}, nil, nil
	for _, line := range strings.Split(printed(t, long), "\n") {
		assert.Less(t, len([]rune(line)), 330)
	}
}
