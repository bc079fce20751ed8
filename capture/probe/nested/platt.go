package nested

import "math"

// Platt is a probability of the positive class: sigmoid(A·score + B) of a standardised score.
type Platt struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// Of gives the probability.
func (p Platt) Of(score float64) float64 { return 1 / (1 + math.Exp(-(p.A*score + p.B))) }

// platt fits a probability to scores (Platt 1999, "Probabilistic outputs for support vector
// machines", with his targets (n+1)/(n+2) and 1/(n+2), which keep it finite where classes are
// apart), by Newton's method with halved steps, as Lin, Lin and Weng (2007) do.
func platt(scores []float64, positive []bool, train []int) Platt {
	var n [2]float64
	for _, i := range train {
		n[class(positive[i])]++
	}
	target := [2]float64{1 / (n[0] + 2), (n[1] + 1) / (n[1] + 2)}
	loss := func(l Platt) (sum float64) {
		for _, i := range train {
			z := l.A*scores[i] + l.B
			sum += math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) - target[class(positive[i])]*z
		}
		return sum
	}
	l := Platt{0, math.Log((n[1] + 1) / (n[0] + 1))}
	at := loss(l)
	for range 100 {
		const ridge = 1e-12
		haa, hbb, hab, ga, gb := ridge, ridge, 0.0, 0.0, 0.0
		for _, i := range train {
			s := scores[i]
			p := l.Of(s)
			d, w := p-target[class(positive[i])], p*(1-p)
			ga, gb = ga+d*s, gb+d
			haa, hbb, hab = haa+w*s*s, hbb+w, hab+w*s
		}
		det := haa*hbb - hab*hab
		if math.Abs(ga)+math.Abs(gb) < 1e-9*(n[0]+n[1]) || !(det > 0) {
			break
		}
		da, db := -(hbb*ga-hab*gb)/det, -(haa*gb-hab*ga)/det
		step := 1.0
		for ; step > 1e-10; step /= 2 {
			if next := (Platt{l.A + step*da, l.B + step*db}); loss(next) < at+1e-4*step*(ga*da+gb*db) {
				l = next
				at = loss(next)
				break
			}
		}
		if step <= 1e-10 {
			break
		}
	}
	return l
}
