package probe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/vector"
)

// keepFinal fits the probe that is kept, and those of the splits by the same candidate.
func (t *training) keepFinal(ctx context.Context) error {
	final, trains := t.candidates[t.found.Final], trainsOf(t.splits)
	all := fit.Folds(0)
	for _, train := range trains {
		all |= train
	}
	fitted, err := nested.Fit(ctx, t.cases, t.spaces[final.Space], final.Method, append(trains, all), nested.Options{})
	if err != nil {
		return err
	}
	t.fitted, t.kept, t.trained = fitted[:len(trains)], fitted[len(trains)], all
	return nil
}

// Folds says of a probe's file how its samples were held out, and which questions it has seen.
type Folds struct {
	Split  string   `json:"split"`
	Seed   uint64   `json:"seed"`
	Groups string   `json:"groups"` // what makes one
	Seen   []string `json:"seen"`   // hashes of the groups that the probe was fitted to
	Known  []string `json:"known"`  // hashes of the questions and texts of their samples
}

// Figures say of a probe what was measured of the way that it was made.
type Figures struct {
	Norm    float64       `json:"norm"`
	Gap     *float64      `json:"gap"` // of the class means along it
	SD      *float64      `json:"sd"`
	AUROC   any           `json:"auroc"` // held out
	P       *float64      `json:"p"`
	Verdict string        `json:"verdict"`
	Mean    float64       `json:"mean"` // of the scores of what it was fitted to, by which, and by Scale, scores are standardised
	Scale   float64       `json:"scale"`
	Platt   *nested.Platt `json:"platt"` // probability of a standardised score; null of few samples
}

// seen says what the probe that is kept was fitted to.
func (t *training) seen() Folds {
	f := Folds{Split: t.split, Seed: t.opt.Seed, Groups: t.report.Task.Groups}
	for i := range t.set.Samples {
		if !t.trained.Has(t.cases.Cell[i]) {
			continue
		}
		f.Seen = append(f.Seen, hashOf(t.cases.Group[i]))
		for _, mark := range t.set.Marks(i) {
			f.Known = append(f.Known, hashOf(mark))
		}
	}
	for _, of := range []*[]string{&f.Seen, &f.Known} {
		slices.Sort(*of)
		*of = slices.Compact(*of)
	}
	return f
}

// hashOf is what a probe's file keeps of the name of a group, question or text: eight bytes, in hex.
func hashOf(group string) string {
	sum := sha256.Sum256([]byte(group))
	return hex.EncodeToString(sum[:8])
}

// keep makes the file of the probe that is kept.
func (t *training) keep(ctx context.Context) (*Trained, error) {
	final := t.candidates[t.found.Final]
	at := t.at()
	d := &vector.Direction{Name: at.point, Rank: 1, Width: len(t.kept.Weights), Vector: vector.Narrow(t.kept.Weights), Bias: t.kept.Bias, SD: math.NaN()}
	if t.opt.Name != "" {
		d.Name = t.opt.Name
	}
	rows, err := t.means(ctx, d, t.spaces[final.Space])
	if err != nil {
		return nil, err
	}
	meta := aboutOf(t.set)
	meta.Point, meta.Tokens, meta.Pooling, meta.How = at.point, at.tokens, t.opt.Data.Pool, described(final.Method)
	meta.Positive, meta.Negative = &vector.Class{Name: t.set.Positive, Rows: rows[1]}, &vector.Class{Name: t.set.Negative, Rows: rows[0]}
	if t.opt.Data.Rows == data.RowsToken {
		meta.Pooling, meta.Scores = "none", PoolingText(t.opt.Data.Score)
	}
	folds := t.seen()
	for i := range t.set.Samples {
		if !t.trained.Has(t.cases.Cell[i]) {
			continue
		}
		if t.cases.Positive[i] {
			meta.Positive.N++
		} else {
			meta.Negative.N++
		}
	}
	if meta.Folds, err = json.Marshal(folds); err != nil {
		return nil, err
	}
	f := Figures{Norm: d.Norm(), AUROC: t.report.AUROC, Mean: t.kept.Mean, Scale: t.kept.SD, Platt: t.found.Platt}
	if t.report.Verdict != nil {
		f.Verdict = t.report.Verdict.Word
	}
	if t.null != nil {
		f.P = &t.null.P
	}
	if gap, err := d.Gap(); err == nil {
		f.Gap, f.SD = &gap, &d.SD
	}
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	meta.Figures = map[string]json.RawMessage{d.Name: text}
	t.report.Probe = &report.Probe{Name: d.Name, Point: at.point, Tokens: at.tokens, How: described(final.Method), Norm: f.Norm, Why: t.why()}
	t.report.Passes = t.set.Passes()
	return &Trained{Report: t.report, Meta: meta, Direction: d}, nil
}

// why says by what the probe that is kept was chosen, beside the next best.
func (t *training) why() string {
	held, next := t.found.Held, -1
	if len(held) < 2 {
		return ""
	}
	for i, v := range held {
		if i != t.found.Final && !math.IsNaN(v) && (next < 0 || v > held[next]) {
			next = i
		}
	}
	over := "over what the folds held out"
	if len(t.splits) == 1 {
		over = "over the inner folds"
	}
	text := fmt.Sprintf("mean AUROC %s %s", over, report.Figure(held[t.found.Final]))
	if next >= 0 {
		c := t.candidates[next]
		at := t.places[c.Space]
		text += fmt.Sprintf("; the next best of %d: %s, %s, %s %s", len(held), at.point, report.Rule(at.tokens), c.Method, report.Figure(held[next]))
	}
	return text
}

// dtypeOf is that of all rows of a set; empty where there are several.
func dtypeOf(set *data.Set) string {
	for _, r := range set.Runs {
		if r.Manifest.DType != set.Runs[0].Manifest.DType {
			return ""
		}
	}
	return string(set.Runs[0].Manifest.DType)
}

// aboutOf says of which model, template and runs the rows are.
func aboutOf(set *data.Set) vector.Meta {
	m := set.Runs[0].Manifest
	facts := vector.FactsOf(m)
	meta := vector.Meta{
		Kind: vector.Directions, Width: m.Model.Width, Model: &facts.Model, TemplateSHA256: facts.TemplateSHA256, Adapters: facts.Adapters, Label: set.Runs[0].Label,
	}
	meta.DType = dtypeOf(set)
	for _, r := range set.Runs {
		meta.Runs = append(meta.Runs, vector.Run{Name: r.Name, ID: r.Manifest.RunID()})
	}
	return meta
}

// means gives a direction the means of the classes, and the standard deviation along it, over
// the rows that it was fitted to; and counts these.
func (t *training) means(ctx context.Context, d *vector.Direction, space nested.Space) (rows [2]int64, err error) {
	norm, n, along, squares := d.Norm(), 0.0, 0.0, 0.0
	sum := [2][]float64{make([]float64, d.Width), make([]float64, d.Width)}
	err = t.each(ctx, space, func(class int, row []float32) {
		rows[class]++
		x := 0.0
		for j, v := range row {
			sum[class][j] += float64(v)
			x += float64(v) * float64(d.Vector[j])
		}
		if norm > 0 {
			x /= norm
		}
		n++ // Welford's update: means may be far larger than deviations
		delta := x - along
		along += delta / n
		squares += delta * (x - along)
	})
	d.Negative, d.Positive = mean(sum[0], rows[0]), mean(sum[1], rows[1])
	if n > 1 {
		d.SD = math.Sqrt(squares / (n - 1))
	}
	return rows, err
}

// classMeans are those of the rows that anything was fitted to.
func (t *training) classMeans(ctx context.Context, space nested.Space) (negative, positive []float32, err error) {
	width := space.Rows.Width()
	sum, rows := [2][]float64{make([]float64, width), make([]float64, width)}, [2]int64{}
	err = t.each(ctx, space, func(class int, row []float32) {
		rows[class]++
		for j, v := range row {
			sum[class][j] += float64(v)
		}
	})
	return mean(sum[0], rows[0]), mean(sum[1], rows[1]), err
}

// each goes through the rows that something was fitted to.
func (t *training) each(ctx context.Context, space nested.Space, do func(class int, row []float32)) error {
	at, width := 0, space.Rows.Width()
	return space.Rows.Each(ctx, func(b *fit.Block) error {
		for i := range len(b.X) / width {
			sample := at
			if space.Sample != nil {
				sample = int(space.Sample[at])
			}
			if at++; t.trained.Has(t.cases.Cell[sample]) {
				do(one(t.cases.Positive[sample]), b.X[i*width:(i+1)*width])
			}
		}
		return nil
	})
}

func mean(sum []float64, n int64) []float32 {
	for j := range sum {
		sum[j] /= float64(max(n, 1))
	}
	return vector.Narrow(sum)
}
