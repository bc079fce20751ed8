package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"intentprobe/capture/hint"
)

// Bin is one bin of a reliability diagram: rows whose probability is above Low and at most
// High (the first bin has 0 too).
type Bin struct {
	Low         float64 `json:"low"`
	High        float64 `json:"high"`
	N           int     `json:"n"`
	Probability float64 `json:"probability"` // mean; 0 of no rows
	Positive    float64 `json:"positive"`    // share of positive rows
}

// Calibration says how far probabilities are from the shares of positive rows.
type Calibration struct {
	// ECE is Σ n_b/n · |share of positives - mean probability| over bins of equal width (Guo
	// et al. 2017, arXiv 1706.04599). It is above 0 by chance alone: Chance is its mean where
	// labels are drawn by the probabilities, P the share of such draws with one as large, and
	// the interval is of what samples of this size show (bootstrap over groups).
	ECE    Interval `json:"ece"`
	Chance float64  `json:"ece_chance"`
	P      float64  `json:"ece_p"`
	// Brier is the mean of (probability - label)².
	Brier Interval `json:"brier"`
	Bins  []Bin    `json:"bins"`
}

// draws of the bootstrap and of chance.
const draws = 1000

// Calibrate measures probabilities of the positive class, with so many bins; 10 or 15 are
// usual. Rows of one group are drawn together in the bootstrap; in the draws of chance rows
// are independent, so of few large groups P is too small.
func Calibrate(d Data, bins int, level float64, seed uint64) (*Calibration, error) {
	if err := levelFault(level); err != nil {
		return nil, err
	}
	if bins < 1 {
		return nil, hint.Usage(fmt.Errorf("%d bins", bins), "10 or 15 are usual")
	}
	l, err := d.check()
	if err != nil {
		return nil, err
	}
	for i, p := range d.Score {
		if p < 0 || p > 1 {
			return nil, hint.With(fmt.Errorf("row %d: %g is no probability", i, p), "calibration is of probabilities; give scores through the probe's sigmoid")
		}
	}
	c := &Calibration{Bins: make([]Bin, bins)}
	sums := newSums(d, bins)
	var all cell
	squares := make([]float64, l.groups())
	for b := range bins {
		cell := sums.total(b)
		all.n += cell.n
		c.Bins[b] = Bin{Low: float64(b) / float64(bins), High: float64(b+1) / float64(bins), N: int(cell.n)}
		if cell.n > 0 {
			c.Bins[b].Probability, c.Bins[b].Positive = cell.p/cell.n, cell.pos/cell.n
		}
	}
	for i, p := range d.Score {
		squares[l.of[i]] += square(p - indicator(d.Positive[i]))
	}
	c.Brier = brier(l, squares, len(d.Score), level)
	c.ECE = Interval{Value: sums.ece(), Level: level, N: len(d.Score), Groups: l.groups(), Method: ByBootstrap}
	r := rand.New(rand.NewPCG(seed, 0x6563652d))
	if l.groups() < 2 {
		c.ECE.nothing(0, 1, "one group: nothing follows for others")
	} else {
		values := sums.bootstrap(l, r)
		c.ECE.Low, c.ECE.High = stat.Quantile((1-level)/2, stat.LinInterp, values, nil), stat.Quantile((1+level)/2, stat.LinInterp, values, nil)
		c.ECE.Low, c.ECE.High = min(c.ECE.Low, c.ECE.Value), max(c.ECE.High, c.ECE.Value)
		c.ECE.note("of what samples of this size show: chance adds to it")
		c.ECE.few()
	}
	larger := 0
	for range draws {
		e := sums.chance(r)
		c.Chance += e / draws
		if e >= c.ECE.Value-1e-12 {
			larger++
		}
	}
	c.P = float64(1+larger) / (1 + draws)
	return c, nil
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// brier is the mean square error with the t interval of the jackknife over groups.
func brier(l *layout, squares []float64, n int, level float64) Interval {
	total := 0.0
	for _, s := range squares {
		total += s
	}
	i := Interval{Value: total / float64(n), Level: level, N: n, Groups: l.groups(), Method: ByT}
	if l.groups() < 2 {
		i.nothing(0, 1, "one group: nothing follows for others")
		return i
	}
	without := make([]float64, l.groups())
	for g := range without {
		without[g] = (total - squares[g]) / float64(n-l.pos[g]-l.neg[g])
	}
	groups := float64(l.groups())
	variance := square(groups-1) / groups * stat.Variance(without, nil)
	if variance < noVariance {
		i.nothing(0, 1, "no group differs from the others: there is nothing to tell the interval from")
		return i
	}
	i.DF = l.sizeDF()
	half := tQuantile(level, i.DF) * math.Sqrt(variance)
	i.Low, i.High = max(0, i.Value-half), min(1, i.Value+half)
	i.few()
	return i
}

// cell is what a bin has of some rows.
type cell struct{ n, p, pos float64 }

// binned are rows by bin.
type binned struct {
	data Data
	bin  []int
	bins int
}

func newSums(d Data, bins int) *binned {
	s := &binned{data: d, bins: bins, bin: make([]int, len(d.Score))}
	for i, p := range d.Score {
		b := int(math.Ceil(p*float64(bins))) - 1
		s.bin[i] = max(0, min(bins-1, b))
	}
	return s
}

func (s *binned) total(b int) (c cell) {
	for i, of := range s.bin {
		if of == b {
			c.n, c.p, c.pos = c.n+1, c.p+s.data.Score[i], c.pos+indicator(s.data.Positive[i])
		}
	}
	return c
}

func eceOf(cells []cell) float64 {
	sum, n := 0.0, 0.0
	for _, c := range cells {
		sum, n = sum+math.Abs(c.pos-c.p), n+c.n
	}
	return sum / n
}

func (s *binned) ece() float64 {
	cells := make([]cell, s.bins)
	for b := range cells {
		cells[b] = s.total(b)
	}
	return eceOf(cells)
}

// bootstrap draws groups with replacement; the values are sorted.
func (s *binned) bootstrap(l *layout, r *rand.Rand) []float64 {
	by := make([]map[int]cell, l.groups())
	for i, g := range l.of {
		if by[g] == nil {
			by[g] = map[int]cell{}
		}
		c := by[g][s.bin[i]]
		by[g][s.bin[i]] = cell{c.n + 1, c.p + s.data.Score[i], c.pos + indicator(s.data.Positive[i])}
	}
	values := make([]float64, draws)
	cells := make([]cell, s.bins)
	for v := range values {
		clear(cells)
		for range by {
			for b, c := range by[r.IntN(len(by))] {
				cells[b] = cell{cells[b].n + c.n, cells[b].p + c.p, cells[b].pos + c.pos}
			}
		}
		values[v] = eceOf(cells)
	}
	slices.Sort(values)
	return values
}

// chance is the error of labels that are drawn by the probabilities.
func (s *binned) chance(r *rand.Rand) float64 {
	cells := make([]cell, s.bins)
	for i, p := range s.data.Score {
		c := &cells[s.bin[i]]
		c.n, c.p, c.pos = c.n+1, c.p+p, c.pos+indicator(r.Float64() < p)
	}
	return eceOf(cells)
}
