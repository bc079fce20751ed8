package nested

import "math"

// standard makes scores of one probe comparable with those of the probes of other splits.
type standard struct{ middle, sd float64 }

// standardOf takes the middle of the class means, and the standard deviation, of the scores
// of training samples.
func standardOf(scores []float64, positive []bool, train []int) standard {
	var n, sum [2]float64
	for _, i := range train {
		c := class(positive[i])
		n[c]++
		sum[c] += scores[i]
	}
	mean, all := (sum[0]+sum[1])/(n[0]+n[1]), 0.0
	for _, i := range train {
		all += (scores[i] - mean) * (scores[i] - mean)
	}
	return standard{(sum[0]/n[0] + sum[1]/n[1]) / 2, math.Sqrt(all / (n[0] + n[1]))}.sure(mean)
}

// sure counts a standard deviation that rounding may be all of as 0.
func (s standard) sure(mean float64) standard {
	if !(s.sd > 1e-12*math.Abs(mean)) {
		s.sd = 0
	}
	return s
}

// of gives the standard score, rounded to quantum; 0 where training scores are all the same.
func (s standard) of(score float64) float64 {
	if s.sd == 0 {
		return 0
	}
	return math.Round((score-s.middle)/s.sd/quantum) * quantum
}

func class(positive bool) int {
	if positive {
		return 1
	}
	return 0
}
