package fit

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"testing"

	"intentprobe/capture/internal/expect"
)

func TestLEACEAsItsAuthorsPackage(t *testing.T) {
	data, err := os.ReadFile("testdata/leace.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Width  int       `json:"width"`
		X      []float32 `json:"x"`
		Y      []int8    `json:"y"`
		Matrix []float64 `json:"matrix"`
		Erased []float64 `json:"erased"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		rows := &table{Block{X: c.X, Y: c.Y, Fold: make([]int8, len(c.Y))}, c.Width, 10}
		e, err := LEACE(measured(t, rows), First(1))
		if err != nil {
			t.Fatal(err)
		}
		var erased, mapped []float64
		a, b := e.Map()
		for r := range c.Y {
			x := make([]float64, c.Width)
			for j, v := range rows.Row(r) {
				x[j] = float64(v)
			}
			for k := range b {
				mapped = append(mapped, b[k]+dot(a[k*c.Width:(k+1)*c.Width], x))
			}
			e.Apply(x)
			erased = append(erased, x...)
		}
		near(t, "rows that were erased", erased, c.Erased, 1e-5)
		near(t, "rows that were mapped", mapped, c.Erased, 1e-5)
		if i < 2 { // of full rank: outside the rows' space the two may differ
			near(t, "the map", a, c.Matrix, 1e-5)
		}
		after := &table{Block{Y: c.Y, Fold: rows.Fold}, c.Width, 10}
		for _, v := range erased {
			after.X = append(after.X, float32(v))
		}
		s, err := measured(t, after).of(First(1))
		if err != nil {
			t.Fatal(err)
		}
		if norm(s.delta) > 1e-5*norm(s.sd) {
			t.Errorf("case %d: after erasing, the class means are %g apart", i, norm(s.delta))
		}
	}
}

// Probes of folds that are left out, from one pass over all, are those of rows alone.
func TestFoldsTogetherAndAlone(t *testing.T) {
	all := drawn(400, 12, 1, 1)
	all.Weight = make([]float32, 400)
	for i := range all.Weight {
		all.Weight[i] = float32(1 + i%3)
	}
	train := First(5).Without(2)
	alone := &table{width: 12, size: 50}
	for i, fold := range all.Fold {
		if fold == 2 {
			continue
		}
		for range int(all.Weight[i]) { // a weight is a row repeated
			alone.X, alone.Y, alone.Fold = append(alone.X, all.Row(i)...), append(alone.Y, all.Y[i]), append(alone.Fold, 0)
		}
	}
	m, n := measured(t, all), measured(t, alone)
	same := func(what string, of func(Rows, *Moments, Folds) ([]*Probe, error), tolerance float64) {
		t.Helper()
		got, err := of(all, m, train)
		if err != nil {
			t.Fatal(err)
		}
		want, err := of(alone, n, First(1))
		if err != nil {
			t.Fatal(err)
		}
		near(t, what, append(got[0].Weights, got[0].Bias), append(want[0].Weights, want[0].Bias), tolerance)
	}
	one := func(of func(*Moments, Folds) (*Probe, error)) func(Rows, *Moments, Folds) ([]*Probe, error) {
		return func(_ Rows, m *Moments, train Folds) ([]*Probe, error) {
			p, err := of(m, train)
			return []*Probe{p}, err
		}
	}
	same("mass-mean", one(MassMean), 1e-12)
	same("mass-mean with covariance", one(func(m *Moments, f Folds) (*Probe, error) { return MassMeanCovariance(m, f, PseudoInverse) }), 1e-9)
	same("components", one(func(m *Moments, f Folds) (*Probe, error) { return Components(t.Context(), m, f, 4, true) }), 1e-6)
	same("LDA", func(r Rows, m *Moments, f Folds) ([]*Probe, error) {
		return LDA(t.Context(), r, m, []Folds{f}, Shrinkage{})
	}, 1e-9)
	same("logistic regression", func(r Rows, m *Moments, f Folds) ([]*Probe, error) {
		return Logistic(t.Context(), r, m, []Problem{{Train: f, C: 0.1}, {Train: First(1), C: 10}}, LogisticOptions{})
	}, 1e-5)
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*table)
		want  string
	}{
		{"NaN", func(r *table) { r.X[73*6+2] = float32(math.NaN()) }, "row 73: number 2 is NaN"},
		{"Inf", func(r *table) { r.X[99*6+5] = float32(math.Inf(-1)) }, "row 99: number 5 is -Inf"},
		{"label", func(r *table) { r.Y[5] = 2 }, "row 5: the label is 2"},
		{"fold", func(r *table) { r.Fold[6] = 64 }, "row 6: the fold is 64"},
	} {
		rows := drawn(100, 6, 1, 5)
		c.spoil(rows)
		_, err := Measure(t.Context(), rows, FoldGrams)
		expect.Refused(t, err, c.want)
		_, err = Gather(t.Context(), rows, nil)
		expect.Refused(t, err, c.want)
		var bad *BadRow
		if !errors.As(err, &bad) {
			t.Errorf("%s: %v is no BadRow", c.name, err)
		}
	}
	rows := drawn(20, 3, 1, 6)
	rows.X[4*3] = float32(math.NaN())
	rows.Fold[4] = -1 // never used
	measured(t, rows)
}

// What has no answer is an error that says so, of every method.
func TestDegenerate(t *testing.T) {
	zero := 0.0
	every := func(rows *table) (errs []error) {
		m := measured(t, rows)
		f := First(5)
		_, err := MassMean(m, f)
		errs = append(errs, err)
		_, err = MassMeanCovariance(m, f, PseudoInverse)
		errs = append(errs, err)
		_, err = LDA(t.Context(), rows, m, []Folds{f}, Shrinkage{})
		errs = append(errs, err)
		_, err = Components(t.Context(), m, f, 1, true)
		return append(errs, err)
	}
	class := drawn(50, 4, 1, 7)
	for i := range class.Y {
		class.Y[i] = 1
	}
	constant := drawn(50, 4, 1, 7)
	for i := range constant.X {
		constant.X[i] = 0.1 * float32(i%4)
	}
	twins := drawn(50, 4, 0, 7) // every row of one class is a row of the other
	for i := range 25 {
		copy(twins.Row(i), twins.Row(i+25))
		twins.Y[i], twins.Y[i+25] = 0, 1
	}
	for _, c := range []struct {
		rows *table
		want error
	}{{class, ErrOneClass}, {constant, ErrConstant}, {twins, ErrSame}} {
		for i, err := range every(c.rows) {
			expect.Refused(t, err, c.want.Error())
			if !errors.Is(err, c.want) {
				t.Errorf("method %d: %v", i, err)
			}
		}
	}
	for _, rows := range []*table{class, constant} {
		_, err := Logistic(t.Context(), rows, measured(t, rows), []Problem{{Train: First(5), C: 1}}, LogisticOptions{})
		if !errors.Is(err, ErrOneClass) && !errors.Is(err, ErrConstant) {
			t.Errorf("logistic regression: %v", err)
		}
		_, err = INLP(t.Context(), rows, First(5), 2, 1, LogisticOptions{})
		if err == nil {
			t.Error("INLP took them")
		}
	}
	even, err := Logistic(t.Context(), twins, measured(t, twins), []Problem{{Train: First(5), C: 1}}, LogisticOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if finite(t, even[0]); norm(even[0].Weights) > 1e-6 || !even[0].How.Converged {
		t.Errorf("twins gave weights of norm %g, %+v", norm(even[0].Weights), even[0].How)
	}
	eraser, err := LEACE(measured(t, twins), First(5))
	if err != nil || norm(eraser.Left) != 0 {
		t.Errorf("there is nothing to erase: %v, %v", eraser, err)
	}
	wide := drawn(20, 60, 1, 8)
	_, err = LDA(t.Context(), wide, measured(t, wide), []Folds{First(5)}, Shrinkage{Given: &zero})
	if expect.Refused(t, err); !errors.Is(err, ErrSingular) {
		t.Error(err)
	}
	for _, rows := range []*table{wide, {append20(wide), 60, 7}} { // and with every row twice
		m := measured(t, rows)
		probes, err := LDA(t.Context(), rows, m, []Folds{First(5)}, Shrinkage{})
		if err != nil {
			t.Fatal(err)
		}
		mean, err := MassMeanCovariance(m, First(5), PseudoInverse)
		if err != nil {
			t.Fatal(err)
		}
		logistic, err := Logistic(t.Context(), rows, m, []Problem{{Train: First(5), C: 1e9}, {Train: First(5), C: 1e-9}}, LogisticOptions{Passes: 200})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range append(append(probes, mean), logistic...) {
			finite(t, p)
			for i, y := range rows.Y {
				if (p.Score(rows.Row(i)) > 0) != (y == 1) && p == logistic[0] {
					t.Errorf("separable rows are not separated: row %d", i)
					break
				}
			}
		}
	}
}

// append20 gives rows twice.
func append20(t *table) Block {
	return Block{X: append(append([]float32(nil), t.X...), t.X...), Y: append(append([]int8(nil), t.Y...), t.Y...), Fold: append(append([]int8(nil), t.Fold...), t.Fold...)}
}

func TestConstantColumnsHaveNoWeight(t *testing.T) {
	rows := drawn(200, 6, 1, 9)
	for i := range rows.Y {
		rows.X[i*6+3] = 1e4 + 0.1
		if rows.Fold[i] != 2 {
			rows.X[i*6+4] = -7.3 // varies where it is not trained on
		}
	}
	m, train := measured(t, rows), First(5).Without(2)
	lda, err := LDA(t.Context(), rows, m, []Folds{train}, Shrinkage{})
	if err != nil {
		t.Fatal(err)
	}
	logistic, err := Logistic(t.Context(), rows, m, []Problem{{Train: train, C: 1}}, LogisticOptions{})
	if err != nil {
		t.Fatal(err)
	}
	mean, err := MassMean(m, train)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Probe{lda[0], logistic[0], mean} {
		if finite(t, p); p.Weights[3] != 0 || p.Weights[4] != 0 || p.Weights[0] == 0 {
			t.Errorf("weights %v", p.Weights)
		}
	}
}

func TestPairsThatAreNone(t *testing.T) {
	rows := drawn(40, 4, 1, 10)
	_, err := CCS(t.Context(), rows, []Folds{First(5)}, CCSOptions{})
	if expect.Refused(t, err); !errors.Is(err, ErrPairs) {
		t.Error(err)
	}
	rows.Side = make([]int8, 40)
	for i := range rows.Side {
		rows.Side[i], rows.Fold[i] = int8(i%2), int8(i/2%5)
	}
	if _, err = CCS(t.Context(), rows, []Folds{First(5)}, CCSOptions{Starts: 2}); err != nil {
		t.Fatal(err)
	}
	rows.Side[6] = 1
	_, err = CCS(t.Context(), rows, []Folds{First(5)}, CCSOptions{})
	expect.Refused(t, err, "row 6")
}

func TestSettingsThatMeanNothing(t *testing.T) {
	rows := drawn(40, 4, 1, 12)
	m := measured(t, rows)
	for _, c := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		_, err := Logistic(t.Context(), rows, m, []Problem{{Train: First(5), C: c}}, LogisticOptions{})
		expect.Refused(t, err, "regularisation C")
	}
	_, err := Components(t.Context(), m, First(5), 5, true)
	expect.Refused(t, err, "5 components")
	_, err = INLP(t.Context(), rows, First(5), 0, 1, LogisticOptions{})
	expect.Refused(t, err, "0 rounds")
	s, err := Gather(t.Context(), rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	over := 1.5
	_, err = s.LDA(First(4), 16, Shrinkage{Given: &over})
	expect.Refused(t, err, "shrinkage")
	_, err = LDA(t.Context(), rows, m, []Folds{First(5)}, Shrinkage{Given: &over})
	expect.Refused(t, err, "shrinkage")
}

func TestScoreInOnePass(t *testing.T) {
	rows := drawn(100, 5, 1, 11)
	m := measured(t, rows)
	a, errA := MassMean(m, First(5))
	b, errB := MassMean(m, First(3))
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err := Score(t.Context(), rows, []*Probe{a, b}, func(block *Block, first int64, scores []float64) error {
		for i := range block.Y {
			near(t, "scores", scores[2*i:2*i+2], []float64{a.Score(rows.Row(int(first) + i)), b.Score(rows.Row(int(first) + i))}, 1e-12)
			seen++
		}
		return nil
	})
	if err != nil || seen != 100 {
		t.Errorf("%d rows, %v", seen, err)
	}
}

// Rows that are two points, each a class, have no covariance within the classes, and Ledoit
// and Wolf's shrinkage is 0: LDA gives the direction between the points.
func TestLDAOfTwoPoints(t *testing.T) {
	rows := drawn(8, 6, 1, 11)
	for i := range rows.Y {
		rows.Y[i], rows.Fold[i] = int8(i%2), int8(i%4/2)
		copy(rows.Row(i), rows.Row(i%2))
	}
	probes, err := LDA(t.Context(), rows, measured(t, rows), []Folds{First(2)}, Shrinkage{})
	if err != nil {
		t.Fatal(err)
	}
	finite(t, probes[0])
	if low, high := probes[0].Score(rows.Row(0)), probes[0].Score(rows.Row(1)); !(high > 0 && low < 0) {
		t.Errorf("the points have the scores %g and %g", low, high)
	}
	samples, err := Gather(t.Context(), rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := samples.LDA(1, 2, Shrinkage{}); err != nil {
		t.Error(err)
	}
}
