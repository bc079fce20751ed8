package metric

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"intentprobe/capture/hint"
)

// Point is one point of a ROC curve: the rates of rows whose score is at least Threshold. The
// first point, where nothing is found, has the threshold +Inf of no row.
type Point struct {
	Threshold      float64 `json:"-"`
	FalsePositives float64 `json:"fpr"`
	Recall         float64 `json:"tpr"`
}

// Curve is a ROC curve from (0, 0) to (1, 1), one point for each score that occurs.
type Curve struct {
	Points []Point `json:"points"`
	// At is the last point with at most 1 % false positives. With fewer than 100 negative rows
	// that is the last point without any.
	At int `json:"at_1_percent"`
}

// ROC gives the curve of rows; there must be rows of both classes.
func ROC(d Data) (*Curve, error) {
	l, err := d.check()
	if err != nil {
		return nil, err
	}
	pos, neg, _, _ := l.classes()
	if pos == 0 || neg == 0 {
		return nil, hint.With(errors.New("all rows are of one class: there is no ROC curve"), "look at the label's values")
	}
	order := make([]int, len(d.Score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(d.Score[b], d.Score[a]) })
	c := &Curve{Points: []Point{{Threshold: math.Inf(1)}}}
	hits, falls := 0, 0
	for i, r := range order {
		if d.Positive[r] {
			hits++
		} else {
			falls++
		}
		if i+1 < len(order) && d.Score[order[i+1]] == d.Score[r] {
			continue
		}
		p := Point{d.Score[r], float64(falls) / float64(neg), float64(hits) / float64(pos)}
		c.Points = append(c.Points, p)
		if p.FalsePositives <= 0.01 {
			c.At = len(c.Points) - 1
		}
	}
	return c, nil
}
