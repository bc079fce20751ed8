package fit

import (
	"math"
	"strings"
	"testing"
)

// Scores of permuted labels from products of rows are those of probes fitted to them, less the
// mean of the training scores and over their standard deviation.
func TestPermutedAsFitted(t *testing.T) {
	for _, size := range []struct{ n, width int }{{60, 90}, {200, 10}, {70, 50}} { // fewer rows than columns, and more
		for _, weighted := range []bool{false, true} {
			rows := drawn(size.n, size.width, 0.7, 3)
			for i := range size.n {
				rows.X[i*size.width+1] = 4 // constant
				if weighted {
					rows.Weight = append(rows.Weight, float32(1+i%3)/2)
				}
			}
			permutedAsFitted(t, rows)
		}
	}
}

func permutedAsFitted(t *testing.T, rows *table) {
	t.Helper()
	s, err := Gather(t.Context(), rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	other := append([]int8(nil), rows.Y...)
	for i := range other {
		other[i] = rows.Y[(i*7+3)%len(other)]
	}
	lists := [][]int8{rows.Y, other, make([]int8, len(other))}
	train, test := First(5).Without(1), First(5)&2
	strong := 0.95
	compare := func(what string, p *Permuted, fitted func(*table, *Moments) (*Probe, error)) {
		t.Helper()
		m := len(p.Test)
		standard, err := p.Scores(lists, true)
		if err != nil {
			t.Fatal(err)
		}
		ranks, err := p.Scores(lists, false)
		if err != nil {
			t.Fatal(err)
		}
		for k, labels := range lists[:2] {
			with := *rows
			with.Y = labels
			probe, err := fitted(&with, measured(t, &with))
			if err != nil {
				t.Fatal(err)
			}
			mean, sd := spreadOf(&with, probe, p.Train)
			var want []float64
			for _, at := range p.Test {
				want = append(want, (probe.Score(rows.Row(at))-mean)/sd)
			}
			near(t, what, standard[k*m:(k+1)*m], want, 1e-9)
			for i := range m - 1 {
				if d := want[i+1] - want[i]; math.Abs(d) > 1e-8 && (ranks[k*m+i+1] > ranks[k*m+i]) != (d > 0) {
					t.Errorf("%s: samples %d and %d are in another order", what, i, i+1)
				}
			}
		}
		near(t, "scores of one class", standard[2*m:], make([]float64, m), 0)
	}
	for _, shrinkage := range []Shrinkage{{}, {Raw: true}, {Given: &strong}} {
		p, err := s.LDA(train, test, shrinkage)
		if err != nil {
			t.Fatal(err)
		}
		compare("LDA", p, func(rows *table, m *Moments) (*Probe, error) {
			probes, err := LDA(t.Context(), rows, m, []Folds{train}, shrinkage)
			if err != nil {
				return nil, err
			}
			return probes[0], nil
		})
	}
	p, err := s.MassMean(train, test)
	if err != nil {
		t.Fatal(err)
	}
	compare("mass-mean", p, func(_ *table, m *Moments) (*Probe, error) { return MassMean(m, train) })
}

// spreadOf gives the mean of a probe's scores, and their standard deviation.
func spreadOf(rows *table, p *Probe, at []int) (mean, sd float64) {
	squares, n := 0.0, float64(len(at))
	for _, i := range at {
		s := p.Score(rows.Row(i))
		mean, squares = mean+s/n, squares+s*s/n
	}
	return mean, math.Sqrt(squares - mean*mean)
}

// Rows of a sample are taken as their weighted mean.
func TestGatheredSamples(t *testing.T) {
	rows := &table{width: 1, size: 2, Block: Block{X: []float32{1, 4, 2, 9, 6}, Y: []int8{1, 1, 0, 0, 1}, Fold: []int8{0, 0, 1, -1, 0}, Weight: []float32{1, 2, 1, 1, 1}}}
	s, err := Gather(t.Context(), rows, []int32{7, 7, 3, 3, 7})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "means", []float64{s.x[0] + s.shift[0], s.x[1] + s.shift[0]}, []float64{15.0 / 4, 2}, 1e-12)
	near(t, "weights", s.weight, []float64{4, 1}, 0)
	if s.Row[0] != 0 || s.Row[1] != 2 {
		t.Errorf("samples begin at rows %v", s.Row)
	}
	_, err = Gather(t.Context(), rows, []int32{7, 7, 7, 3, 7})
	if err == nil || !strings.Contains(err.Error(), "row 2 has another label or fold") {
		t.Errorf("a sample of two classes gave %v", err)
	}
}

func TestPermutedLogistic(t *testing.T) {
	rows := drawn(120, 8, 1, 4)
	other := append(append([]int8(nil), rows.Y[17:]...), rows.Y[:17]...)
	got, err := Logistic(t.Context(), rows, measured(t, rows), []Problem{{Train: First(4), C: 1}, {Train: First(4), C: 1, Labels: other}}, LogisticOptions{})
	if err != nil {
		t.Fatal(err)
	}
	with := *rows
	with.Y = other
	want, err := Logistic(t.Context(), &with, measured(t, &with), []Problem{{Train: First(4), C: 1}}, LogisticOptions{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "weights", got[1].Weights, want[0].Weights, 1e-5)
	if got[1].N != want[0].N {
		t.Errorf("%v rows, want %v", got[1].N, want[0].N)
	}
}
