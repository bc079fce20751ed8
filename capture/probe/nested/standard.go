package nested

import "math"

// standard makes scores of one probe comparable with those of the probes of other splits: less
// the mean of the training samples' scores, and over their standard deviation.
//
// The mean is that of all of them, not the middle of the class means, which a probe fits:
// where splits have unlike shares of the classes, scores less the middle are ranked worse than
// by chance where there is nothing to find (docs/decisions/020-choice-inside-folds.md).
type standard struct{ mean, sd float64 }

// standardOf is by the scores of the training samples.
func standardOf(scores []float64, train []int) standard {
	s, n := standard{}, float64(len(train))
	for _, i := range train {
		s.mean += scores[i] / n
	}
	for _, i := range train {
		s.sd += (scores[i] - s.mean) * (scores[i] - s.mean) / n
	}
	if s.sd = math.Sqrt(s.sd); !(s.sd > 1e-12*math.Abs(s.mean)) {
		s.sd = 0 // rounding may be all of it
	}
	return s
}

// of gives the standard score, rounded to quantum; 0 where training scores are all the same.
func (s standard) of(score float64) float64 {
	if s.sd == 0 {
		return 0
	}
	return math.Round((score-s.mean)/s.sd/quantum) * quantum
}

func class(positive bool) int {
	if positive {
		return 1
	}
	return 0
}
