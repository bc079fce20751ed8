// Command metric computes the metrics of probes from scores that are given, for the tests
// that hold them against scikit-learn and SciPy:
//
//	metric < job.json > figures.json
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"intentprobe/capture/probe/metric"
)

func main() {
	if len(os.Args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: metric < job.json > figures.json")
		os.Exit(2)
	}
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "metric:", err)
		os.Exit(1)
	}
}

// job is one data set, and what is measured of it.
type job struct {
	Score       []float64   `json:"score"`
	Other       []float64   `json:"other"`
	Probability []float64   `json:"probability"`
	Positive    []bool      `json:"positive"`
	Group       []string    `json:"group"`
	Control     []float64   `json:"control"`
	Threshold   float64     `json:"threshold"`
	Alpha       float64     `json:"alpha"`
	Bins        int         `json:"bins"`
	Blocks      [][]float64 `json:"blocks"`
	First       int         `json:"first"`
	Level       float64     `json:"level"`
	Folds       int         `json:"folds"`
}

func run(in io.Reader, out io.Writer) error {
	var jobs []job
	dec := json.NewDecoder(in)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&jobs); err != nil {
		return err
	}
	all := make([]map[string]any, len(jobs))
	for i, j := range jobs {
		figures, err := j.measure()
		if err != nil {
			return fmt.Errorf("job %d: %w", i, err)
		}
		all[i] = figures
	}
	return json.NewEncoder(out).Encode(all)
}

func (j *job) measure() (map[string]any, error) {
	out := map[string]any{}
	var first error
	put := func(name string, v any, err error) {
		if err != nil && first == nil {
			first = fmt.Errorf("%s: %w", name, err)
		}
		out[name] = v
	}
	d := metric.Data{Score: j.Score, Positive: j.Positive, Group: j.Group}
	var positives []float64
	var groups []string
	for i, y := range j.Positive {
		if y {
			positives, groups = append(positives, j.Score[i]), append(groups, j.Group[i])
		}
	}
	control := metric.Control{Name: "control", Score: j.Control}
	auroc, err := metric.AUROC(d, j.Level)
	put("auroc", auroc, err)
	difference, err := metric.Difference(d, j.Other, j.Level)
	put("difference", difference, err)
	balanced, err := metric.BalancedAccuracy(d, j.Threshold, j.Level)
	put("balanced", balanced, err)
	falls, err := metric.FalsePositives(j.Control, nil, j.Threshold, j.Level)
	put("false_positives", falls, err)
	recall, err := metric.RecallAt(positives, groups, control, j.Alpha, j.Level)
	put("recall", recall, err)
	calibration, err := metric.Calibrate(metric.Data{Score: j.Probability, Positive: j.Positive, Group: j.Group}, j.Bins, j.Level, 1)
	put("calibration", calibration, err)
	curve, err := metric.ROC(d)
	put("roc", curve, err)
	code, err := metric.Online(j.First, 2, j.Blocks)
	put("online", code, err)
	labels := make([]string, len(j.Positive))
	for i, y := range j.Positive {
		labels[i] = fmt.Sprint(y)
	}
	split, err := metric.Folds(labels, j.Group, j.Folds, 1, 1)
	put("split", split, err)
	return out, first
}
