// Command fit fits probes to rows that are given, for the tests that hold them against
// scikit-learn, concept-erasure and NumPy:
//
//	fit ROWS.f32 < job.json > probes.json
//
// ROWS.f32 has the rows, float32, one after another. The job has y, fold, weight or side of
// each row, and what is fitted to which folds. Weights are printed in full.
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
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: fit ROWS.f32 < job.json > probes.json")
		os.Exit(2)
	}
	if err := run(os.Stdin, os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

type job struct {
	Width  int       `json:"width"`
	Block  int       `json:"block"` // rows of a block; even
	Y      []int8    `json:"y"`
	Fold   []int8    `json:"fold"`
	Weight []float32 `json:"weight"`
	Side   []int8    `json:"side"`

	Method string      `json:"method"`
	Train  []fit.Folds `json:"train"`
	Test   []fit.Folds `json:"test"` // of permutations
	Labels [][]int8    `json:"labels"`
	C      float64     `json:"c"`
	Raw    bool        `json:"raw"`
	NoBias bool        `json:"no_bias"`
	Shrink *float64    `json:"shrink"`
	Atol   float64     `json:"atol"`
	K      int         `json:"k"`
	Decay  float64     `json:"decay"`
}

// blocks gives the rows of a job.
type blocks struct {
	*job
	x []float32
}

func (b *blocks) Width() int { return b.job.Width }

func (b *blocks) Each(_ context.Context, do func(*fit.Block) error) error {
	for at := 0; at < len(b.Y); at += b.Block {
		end := min(at+b.Block, len(b.Y))
		block := &fit.Block{X: b.x[at*b.job.Width : end*b.job.Width], Y: b.Y[at:end], Fold: b.Fold[at:end]}
		if b.Weight != nil {
			block.Weight = b.Weight[at:end]
		}
		if b.Side != nil {
			block.Side = b.Side[at:end]
		}
		if err := do(block); err != nil {
			return err
		}
	}
	return nil
}

func run(in io.Reader, out io.Writer, path string) error {
	j := &job{}
	dec := json.NewDecoder(in)
	dec.DisallowUnknownFields()
	if err := dec.Decode(j); err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rows := &blocks{job: j, x: make([]float32, len(data)/4)}
	for i := range rows.x {
		rows.x[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	result, err := j.fit(context.Background(), rows)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(result)
}

func (j *job) fit(ctx context.Context, rows fit.Rows) (any, error) {
	switch j.Method {
	case "ccs":
		return fit.CCS(ctx, rows, j.Train, fit.CCSOptions{Decay: j.Decay})
	case "inlp":
		return fit.INLP(ctx, rows, j.Train[0], j.K, j.C, fit.LogisticOptions{})
	case "permute mass-mean", "permute lda":
		return j.permute(ctx, rows)
	}
	m, err := fit.Measure(ctx, rows, fit.FoldGrams)
	if err != nil {
		return nil, err
	}
	switch j.Method {
	case "logistic":
		problems := make([]fit.Problem, len(j.Train))
		for i, train := range j.Train {
			problems[i] = fit.Problem{Train: train, C: j.C}
		}
		return fit.Logistic(ctx, rows, m, problems, fit.LogisticOptions{Raw: j.Raw, NoBias: j.NoBias})
	case "lda":
		return fit.LDA(ctx, rows, m, j.Train, fit.Shrinkage{Given: j.Shrink, Raw: j.Raw})
	}
	var out []any
	for _, train := range j.Train {
		one, err := j.one(ctx, m, train)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (j *job) one(ctx context.Context, m *fit.Moments, train fit.Folds) (any, error) {
	switch j.Method {
	case "mass-mean":
		return fit.MassMean(m, train)
	case "mass-mean-covariance":
		return fit.MassMeanCovariance(m, train, j.Atol)
	case "components":
		return fit.Components(ctx, m, train, j.K, !j.Raw)
	case "leace":
		return fit.LEACE(m, train)
	}
	return nil, fmt.Errorf("there is no method %q", j.Method)
}

func (j *job) permute(ctx context.Context, rows fit.Rows) (any, error) {
	s, err := fit.Gather(ctx, rows, nil)
	if err != nil {
		return nil, err
	}
	out := []map[string]any{}
	for i, train := range j.Train {
		var p *fit.Permuted
		if j.Method == "permute lda" {
			p, err = s.LDA(train, j.Test[i], fit.Shrinkage{Given: j.Shrink, Raw: j.Raw})
		} else {
			p, err = s.MassMean(train, j.Test[i])
		}
		if err != nil {
			return nil, err
		}
		scores, err := p.Scores(j.Labels, true)
		if err != nil {
			return nil, err
		}
		out = append(out, map[string]any{"test": p.Test, "scores": scores})
	}
	return out, nil
}
