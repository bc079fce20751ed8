package decode

import (
	"fmt"

	"intentprobe/capture/internal/fake"
	"intentprobe/models"
)

// logits gives a row of the last batch if it has logits.
func (d *fakeDecoder) logits(i int) (*fakeRow, error) {
	row := d.rows[i]
	row.asked = true
	switch {
	case !row.logits:
		d.t.Errorf("row %d of the last batch has no logits", i)
		return nil, fmt.Errorf("row %d has no logits", i)
	case row.sound != fake.Whole:
		d.t.Errorf("logits are read behind keys that were not computed")
	}
	return row, nil
}

func (d *fakeDecoder) Score(i int, next models.Token) (logprob, entropy float32, err error) {
	row, err := d.logits(i)
	if err != nil {
		return 0, 0, err
	}
	if row.prefix[len(row.prefix)-1] == d.badAt {
		return nan, nan, nil
	}
	logprob, entropy = fake.Score(row.prefix, next, d.vocabulary)
	return logprob, entropy, nil
}

func (d *fakeDecoder) Logits(i int) ([]float32, error) {
	row, err := d.logits(i)
	if err != nil {
		return nil, err
	}
	return fake.Logits(row.prefix, d.vocabulary), nil
}

func (d *fakeDecoder) Sample(s *models.Sampler, i int) models.Token {
	row, err := d.logits(i)
	if s == nil || err != nil {
		d.t.Errorf("row %d: drawn without a sampler or without logits", i)
		return 0
	}
	return d.draw(s, row.prefix)
}

// checkAsked wants logits to be computed only if they are used, and only for the
// tokens whose logits or whose points behind the last selection are.
func (d *fakeDecoder) checkAsked() {
	some, whole := len(d.rows) == 0, false
	for i, row := range d.rows {
		some, whole = some || row.asked, whole || row.logits
		if row.output && !row.asked && !d.plan.Outputs() {
			d.t.Errorf("row %d of the last batch has logits that nobody asked for", i)
		}
	}
	if whole && !some {
		d.t.Errorf("the last batch was computed to its logits, of which none were asked for")
	}
}

// tokens counts what was decoded.
func (d *fakeDecoder) tokens() int {
	n := 0
	for _, c := range d.calls {
		n += len(c.sequences)
	}
	return n
}

// Divergence tells of which token, after which, the distribution was held against what.
func (d *fakeDecoder) Divergence(i int, base []float32) (float64, error) {
	logits, err := d.Logits(i)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for k := range logits {
		sum += float64(logits[k]-base[k]) * float64(logits[k]-base[k])
	}
	return sum, nil
}
