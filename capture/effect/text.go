package effect

import (
	"maps"
	"math"
	"slices"

	"intentprobe/storage/rundir"
)

// Text is the perplexity of given responses in an arm: exp of the mean, over questions, of
// -log p(response) / tokens. Nats is the change of that mean, and Ratio = exp(Nats.Mean)
// the perplexity relative to none's.
type Text struct {
	Perplexity float64   `json:"perplexity"`
	Ratio      float64   `json:"ratio"`
	Nats       *Estimate `json:"nats"`
}

// textOf compares the given responses of an arm with those of none; nil where there is no
// pair.
func (f *frame) textOf(arm string, level float64) *Text {
	var own, changes []value
	for _, k := range slices.SortedFunc(maps.Keys(f.texts[arm]), key.compare) {
		nats := f.texts[arm][k]
		none, there := f.texts[rundir.ArmNone][k]
		if !there || !finite(nats-none) {
			continue
		}
		own, changes = append(own, value{k.question, nats}), append(changes, value{k.question, nats - none})
	}
	mean, change := estimate(own, level), estimate(changes, level)
	if change == nil {
		return nil
	}
	return &Text{math.Exp(mean.Mean), math.Exp(change.Mean), change}
}
