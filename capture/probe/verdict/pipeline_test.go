package verdict_test

import (
	"context"
	"fmt"
	"math"

	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/verdict"
)

var kinds = []string{verdict.Prompt, verdict.Text, verdict.Likelihood}

const outer, inner = 5, 3

// LOCAL until nested is there.
func local(d *drawn, spaces []*table, split *metric.Split, lists [][]bool) [][]float64 {
	n := len(d.positive)
	y := make([][]int8, len(lists))
	for k, l := range lists {
		y[k] = make([]int8, n)
		for i, p := range l {
			if p {
				y[k][i] = 1
			}
		}
	}
	cells := make([]int8, n)
	for i := range cells {
		cells[i] = int8(split.Cell(i))
	}
	out := make([][]float64, len(lists))
	for k := range out {
		out[k] = make([]float64, n)
	}
	samples := make([]*fit.Samples, len(spaces))
	for s, t := range spaces {
		t.y, t.fold = y[0], cells
		var err error
		samples[s], err = fit.Gather(context.Background(), t)
		check(err)
	}
	cell := func(o, i int) fit.Folds { return 1 << (o*inner + i) }
	for o := range outer {
		var test, train fit.Folds
		for i := range inner {
			test |= cell(o, i)
		}
		train = fit.First(outer*inner) &^ test
		best, at := make([]float64, len(lists)), make([]int, len(lists))
		for s := range spaces {
			sum := make([]float64, len(lists))
			if len(spaces) > 1 {
				for i := range inner {
					var held fit.Folds
					for oo := range outer {
						if oo != o {
							held |= cell(oo, i)
						}
					}
					p, err := samples[s].MassMean(train&^held, held, y)
					check(err)
					for k := range lists {
						sum[k] += auc(p.Samples, p.Scores[k], lists[k])
					}
				}
			}
			for k := range lists {
				if s == 0 || sum[k] > best[k] {
					best[k], at[k] = sum[k], s
				}
			}
		}
		for s := range spaces {
			p, err := samples[s].MassMean(train, test|train, y)
			check(err)
			for k := range lists {
				if at[k] != s || p.Scores[k] == nil {
					continue
				}
				sq, m := 0.0, 0
				for j, i := range p.Samples {
					if train.Has(cells[i]) {
						sq += p.Scores[k][j] * p.Scores[k][j]
						m++
					}
				}
				sd := math.Sqrt(sq / float64(m))
				for j, i := range p.Samples {
					if test.Has(cells[i]) {
						out[k][i] = p.Scores[k][j] / sd
					}
				}
			}
		}
	}
	return out
}

func auc(at []int, score []float64, label []bool) float64 {
	if score == nil {
		return 0.5
	}
	l := make([]bool, len(at))
	for j, i := range at {
		l[j] = label[i]
	}
	return plain(score, l)
}

func plain(score []float64, l []bool) float64 {
	a, err := metric.ROC(metric.Data{Score: score, Positive: l})
	if err != nil {
		return 0.5
	}
	sum := 0.0
	for i := 1; i < len(a.Points); i++ {
		sum += (a.Points[i].FalsePositives - a.Points[i-1].FalsePositives) * (a.Points[i].Recall + a.Points[i-1].Recall) / 2
	}
	return sum
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func measure(d *drawn, draws int, seed uint64) verdict.Figures {
	label := make([]string, len(d.positive))
	for i, p := range d.positive {
		label[i] = fmt.Sprint(p)
	}
	split, err := metric.Folds(label, d.group, outer, inner, seed)
	check(err)
	lists := [][]bool{d.positive}
	shuffle, err := metric.NewShuffle(d.positive, d.group, nil, seed)
	check(err)
	for range draws {
		l := make([]bool, len(d.positive))
		shuffle.Next(l)
		lists = append(lists, l)
	}
	scores := local(d, d.layers, split, lists[:1])
	first, err := metric.AUROC(metric.Data{Score: scores[0], Positive: d.positive, Group: d.group}, verdict.Level)
	check(err)
	if first.Low > 0.5 {
		scores = local(d, d.layers, split, lists)
	} else {
		scores = append(scores, make([][]float64, draws)...)
	}
	f := verdict.Figures{Positive: "lie", Negative: "mistake", Draws: draws}
	data := metric.Data{Score: scores[0], Positive: d.positive, Group: d.group}
	f.AUROC, err = metric.AUROC(data, verdict.Level)
	check(err)
	atLeast := 0
	for k := 1; k <= draws; k++ {
		if scores[k] == nil {
			atLeast += k % 2
			continue
		}
		if plain(scores[k], lists[k]) >= f.AUROC.Value-1e-12 {
			atLeast++
		}
	}
	f.P = float64(1+atLeast) / float64(1+draws)
	has := map[string][2]bool{}
	for i, g := range d.group {
		h := has[g]
		if d.positive[i] {
			h[1] = true
		} else {
			h[0] = true
		}
		has[g] = h
	}
	for _, h := range has {
		for c := range h {
			if h[c] {
				f.Groups[c]++
			}
		}
	}
	for _, kind := range kinds {
		s := local(d, []*table{d.seen[kind]}, split, lists[:1])[0]
		b := verdict.Baseline{Name: kind, Kind: kind}
		b.AUROC, err = metric.AUROC(metric.Data{Score: s, Positive: d.positive, Group: d.group}, verdict.Level)
		check(err)
		b.Difference, err = metric.Difference(data, s, verdict.Level)
		check(err)
		f.Baselines = append(f.Baselines, b)
	}
	return f
}
