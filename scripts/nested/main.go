// Command nested chooses probes inside folds, for the test that holds the choice and the
// scores against scikit-learn and NumPy:
//
//	nested SPACE.f32... < job.json > found.json
//
// Each SPACE.f32 has the rows of a space, float32, one after another. The job says of which
// samples they are, how the folds are made and what is chosen from. Scores that a sample does
// not have are null.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"

	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
)

func main() {
	if err := run(os.Stdin, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "nested:", err)
		os.Exit(1)
	}
}

type job struct {
	Positive   []bool             `json:"positive"`
	Group      []string           `json:"group"`
	By         []string           `json:"by"`  // of given splits and of values that are left out
	How        string             `json:"how"` // cross, given, leave-out
	Folds      int                `json:"folds"`
	Inner      int                `json:"inner"`
	Width      int                `json:"width"`
	Block      int                `json:"block"` // rows of a block
	Sample     []int32            `json:"sample"`
	Pool       metric.Pooling     `json:"pool"`
	Candidates []nested.Candidate `json:"candidates"`
	Options    nested.Options     `json:"options"`
}

// blocks gives the rows of a file.
type blocks struct {
	x           []float32
	width, size int
}

func (b *blocks) Width() int { return b.width }

func (b *blocks) Each(_ context.Context, do func(*fit.Block) error) error {
	for at, size := 0, b.size*b.width; at < len(b.x); at += size {
		if err := do(&fit.Block{X: b.x[at:min(at+size, len(b.x))]}); err != nil {
			return err
		}
	}
	return nil
}

func run(in io.Reader, out io.Writer, paths []string) error {
	j := &job{}
	dec := json.NewDecoder(in)
	dec.DisallowUnknownFields()
	if err := dec.Decode(j); err != nil {
		return err
	}
	var spaces []nested.Space
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rows := &blocks{x: make([]float32, len(data)/4), width: j.Width, size: j.Block}
		for i := range rows.x {
			rows.x[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
		spaces = append(spaces, nested.Space{Name: path, Rows: rows, Sample: j.Sample, Pool: j.Pool})
	}
	cells, splits, err := j.split()
	if err != nil {
		return err
	}
	cases := nested.Cases{Positive: j.Positive, Group: j.Group, Cell: cells}
	found, err := nested.Search(context.Background(), cases, spaces, splits, j.Candidates, j.Options)
	if err != nil {
		return err
	}
	each := make([][]*float64, len(found.Each))
	for i, scores := range found.Each {
		each[i] = nullable(scores)
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"cells": cells, "splits": splits, "scores": nullable(found.Scores), "probability": nullable(found.Probability), "each": each,
		"chosen": found.Chosen, "inner": found.Inner, "final": found.Final, "probe": found.Probe, "unconverged": found.Unconverged,
	})
}

func (j *job) split() ([]int8, []nested.Split, error) {
	label := make([]string, len(j.Positive))
	for i, p := range j.Positive {
		label[i] = fmt.Sprint(p)
	}
	switch j.How {
	case "cross":
		return nested.Cross(label, j.Group, j.Folds, j.Inner, 1)
	case "given":
		return nested.Given(j.By, label, j.Group, j.Inner, 1)
	case "leave-out":
		return nested.LeaveOut(j.By, label, j.Group, j.Inner, 1)
	}
	return nil, nil, fmt.Errorf("there are no folds %q", j.How)
}

// nullable has null where there is no number.
func nullable(x []float64) []*float64 {
	out := make([]*float64, len(x))
	for i := range x {
		if !math.IsNaN(x[i]) {
			out[i] = &x[i]
		}
	}
	return out
}
