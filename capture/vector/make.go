package vector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"intentprobe/capture/hint"
	"intentprobe/capture/rows"
	"intentprobe/storage/rundir"
)

// Made is what was made of a run.
type Made struct {
	Meta       Meta
	Directions []*Direction
	Figures    []Figures // of each
	Without    int64     // samples of a class that had no rows that were chosen
	Same       []string  // points left out, since nothing differs there between the classes, or within them
}

// Figures are what is known of a direction from the rows that it was made from.
type Figures struct {
	Name      string    `json:"name"`
	Norm      float64   `json:"norm"`
	Gap       *float64  `json:"gap"` // of the class means along it; null of a subspace
	SD        *float64  `json:"sd"`  // of the projection over all rows; null of a subspace
	Explained []float64 `json:"explained,omitempty"`
	Pairs     int       `json:"pairs,omitempty"` // whose differences it was made from
	Shrinkage *float64  `json:"shrinkage,omitempty"`
}

// rounding is the share of the class means below which their difference counts as nothing:
// about 10 times what float32 can tell apart.
const rounding = 1e-6

// errSame says that nothing differs at a point.
var errSame = errors.New("does not differ")

// same is the error that something does not differ at a point.
func same(point, what string) error {
	return hint.Usage(fmt.Errorf("%s: what %s %w", point, what, errSame), "choose other tokens, or another point")
}

// Make makes directions of the rows of a run, one for each point at which something differs. Rows are read twice at
// least, each time one after another; memory holds the samples, a byte for each of their
// rows where tokens are chosen, the directions, and what the method says. Errors are
// *hint.UsageError, or come from the files.
func Make(ctx context.Context, dir string, opt Options) (*Made, error) {
	s, run, what, err := prepare(ctx, dir, &opt)
	if err != nil {
		return nil, err
	}
	out := &Made{Meta: about(run, s, what, &opt)}
	if out.Without, err = enough(s, &opt); err != nil {
		return nil, err
	}
	out.Meta.count(s.Samples)
	for _, point := range opt.Points {
		d, figures, m, err := makeAt(ctx, s, point, &opt)
		if errors.Is(err, errSame) && len(opt.Points) > 1 && len(out.Same) < len(opt.Points)-1 {
			out.Same = append(out.Same, point)
			continue
		}
		if err != nil {
			return nil, err
		}
		if opt.Name != "" {
			d.Name, figures.Name = opt.Name, opt.Name
		}
		out.Meta.Positive.Rows, out.Meta.Negative.Rows = m.n[positive], m.n[negative]
		text, err := json.Marshal(figures)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", point, err)
		}
		out.Meta.Figures[d.Name] = text
		out.Directions, out.Figures = append(out.Directions, d), append(out.Figures, *figures)
	}
	return out, nil
}

// Mean gives, for each point, the mean of the items of one class: Positive; Negative must
// be empty. Errors are those of Make.
func Mean(ctx context.Context, dir string, opt Options) (*Made, error) {
	s, run, what, err := prepare(ctx, dir, &opt)
	if err != nil {
		return nil, err
	}
	out := &Made{Meta: about(run, s, what, &opt)}
	out.Meta.Negative, out.Meta.How = nil, "mean of one class"
	if out.Without, err = enough(s, &opt); err != nil {
		return nil, err
	}
	out.Meta.count(s.Samples)
	for _, point := range opt.Points {
		m, err := meansOf(ctx, s, point)
		if err != nil {
			return nil, err
		}
		out.Meta.Positive.Rows = m.n[positive]
		d := &Direction{Name: point, Rank: 1, Width: len(m.all), Vector: Narrow(m.all), SD: math.NaN()}
		out.Directions = append(out.Directions, d)
	}
	return out, nil
}

// prepare opens a run, and chooses samples, rows and points.
func prepare(ctx context.Context, dir string, opt *Options) (s *source, run *rundir.Run, what string, err error) {
	opt.defaults()
	if err := opt.check(); err != nil {
		return nil, nil, "", err
	}
	if run, err = rundir.OpenRecorded(dir); err != nil {
		return nil, nil, "", err
	}
	if opt.Points, err = rows.Points(run, opt.Points); err != nil {
		return nil, nil, "", err
	}
	if opt.Name != "" && len(opt.Points) > 1 {
		return nil, nil, "", manyPoints(opt)
	}
	all, err := run.Samples()
	if err != nil {
		return nil, nil, "", err
	}
	chosen, err := opt.classes().Of(dir, all)
	if err != nil {
		return nil, nil, "", err
	}
	s, err = rows.Open(ctx, run, chosen.Samples, opt.Tokens, opt.Pool, opt.Points)
	return s, run, chosen.What, err
}

// enough refuses classes of which one has no rows, and counts what is left out.
func enough(s *source, opt *Options) (without int64, err error) {
	have, without, err := s.Enough(opt.classes())
	if err == nil && opt.Negative != "" && have[positive]+have[negative] < 3 {
		return 0, hint.Usage(errors.New("one sample a class shows no direction"), "use more samples: there must be 3 at least")
	}
	return without, err
}

// about says what is known before rows are read.
func about(run *rundir.Run, s *source, what string, opt *Options) Meta {
	m := run.Manifest
	model := ModelOf(m)
	out := Meta{
		Kind: Directions, Width: m.Model.Width, Model: &model, TemplateSHA256: TemplateOf(m), Tokens: opt.Tokens, Pooling: opt.Pool,
		Runs: []Run{{filepath.Base(filepath.Clean(run.Dir)), m.RunID()}}, Label: what,
		Positive: &Class{Name: opt.Positive}, Negative: &Class{Name: opt.Negative},
		How: opt.How, Figures: map[string]json.RawMessage{},
	}
	if m.HasSpec() { // else its manifest was lost, and nothing is known
		out.Adapters = AdaptersOf(m.Adapters)
	}
	if out.Tokens == "" {
		out.Tokens = tokensOf(m)
	}
	if opt.Rank > 1 {
		out.Kind = Subspace
	}
	if len(opt.Points) == 1 {
		out.Point = opt.Points[0]
	}
	return out
}

// count fills in the samples of each class.
func (m *Meta) count(samples []rows.Sample) {
	for i := range samples {
		switch x := &samples[i]; {
		case x.None:
		case x.Class == positive:
			m.Positive.N++
		default:
			m.Negative.N++
		}
	}
}

// makeAt makes the direction of a point.
func makeAt(ctx context.Context, s *source, point string, opt *Options) (*Direction, *Figures, *means, error) {
	m, err := meansOf(ctx, s, point)
	if err != nil {
		return nil, nil, nil, err
	}
	d := &Direction{Name: point, Rank: opt.Rank, Width: len(m.all), Positive: Narrow(m.mean[positive]), Negative: Narrow(m.mean[negative])}
	figures := &Figures{Name: point}
	if length(m.difference()) <= rounding*max(length(m.mean[positive]), length(m.mean[negative])) {
		return nil, nil, nil, same(point, "the classes have in the mean")
	}
	var v []float64
	switch opt.How {
	case ByMean:
		v = m.difference()
	case ByPCA:
		v, figures.Explained, figures.Pairs, err = principal(ctx, s, point, m, opt.Rank)
	case ByLDA:
		var shrinkage float64
		v, d.Bias, shrinkage, err = discriminant(ctx, s, point, m, opt.Shrinkage)
		figures.Shrinkage = &shrinkage
	}
	if err != nil {
		return nil, nil, nil, err
	}
	spread, err := spreadOf(ctx, s, point, m, v, opt.Covariance)
	if err != nil {
		return nil, nil, nil, err
	}
	d.Vector, d.SD, d.Covariance = Narrow(v), spread.sd, spread.covariance
	figures.Norm = d.Norm()
	if d.Rank == 1 {
		gap, err := d.Gap()
		if err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %w", point, err)
		}
		figures.Gap, figures.SD = &gap, &d.SD
	}
	return d, figures, m, nil
}
