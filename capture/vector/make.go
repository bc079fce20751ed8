package vector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
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
	if out.Without, err = enough(dir, s.samples, &opt); err != nil {
		return nil, err
	}
	out.Meta.count(s.samples)
	for _, point := range opt.Points {
		d, figures, m, err := s.make(ctx, point, &opt)
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
	if out.Without, err = enough(dir, s.samples, &opt); err != nil {
		return nil, err
	}
	out.Meta.count(s.samples)
	for _, point := range opt.Points {
		m, err := meansOf(ctx, s, point)
		if err != nil {
			return nil, err
		}
		out.Meta.Positive.Rows = m.n[positive]
		d := &Direction{Name: point, Rank: 1, Width: len(m.all), Vector: narrow(m.all), SD: math.NaN()}
		out.Directions = append(out.Directions, d)
	}
	return out, nil
}

// prepare opens a run, and chooses samples, rows and points.
func prepare(ctx context.Context, dir string, opt *Options) (s *source, run *rundir.Run, what string, err error) {
	opt.defaults()
	tokens, err := opt.check()
	if err != nil {
		return nil, nil, "", err
	}
	if run, err = rundir.OpenRecorded(dir); err != nil {
		return nil, nil, "", err
	}
	if err := points(run, opt); err != nil {
		return nil, nil, "", err
	}
	all, err := run.Samples()
	if err != nil {
		return nil, nil, "", err
	}
	s = &source{run: run, all: all, pool: opt.Pool}
	if s.samples, what, err = classes(dir, s.all, opt); err != nil {
		return nil, nil, "", err
	}
	if !s.hasRows() && slices.ContainsFunc(s.samples, func(x sample) bool { return x.ReducedTokens != nil }) {
		return s, run, what, s.reduce(opt.Tokens, opt.Points)
	}
	return s, run, what, choose(ctx, run, s.samples, tokens)
}

// points checks the points, or chooses them: all of the run that are as wide as the model.
func points(run *rundir.Run, opt *Options) error {
	var names, wide []string
	for _, h := range run.Manifest.Hooks {
		if h.Name == rundir.LogitsColumn || filepath.Ext(h.Name) == ".token_id" {
			continue
		}
		names = append(names, h.Name)
		if slices.Equal(h.Shape, []int{run.Manifest.Model.Width}) {
			wide = append(wide, h.Name)
		}
	}
	if opt.Points == nil {
		opt.Points = wide
	}
	if len(opt.Points) == 0 {
		return hint.Usage(fmt.Errorf("%s has no point that is as wide as the model", run.Dir), "choose points: ", hint.Command{"inspect", run.Dir}, " lists them")
	}
	if opt.Name != "" && len(opt.Points) > 1 {
		return manyPoints(opt)
	}
	for _, p := range opt.Points {
		if !slices.Contains(names, p) {
			return hint.Usage(fmt.Errorf("%s has no point %q", run.Dir, p), "nearest of its points: "+list(hooks.Nearest(p, names))+"; ", hint.Command{"inspect", run.Dir}, " lists all")
		}
	}
	return nil
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
func (m *Meta) count(samples []sample) {
	for i := range samples {
		switch x := &samples[i]; {
		case x.none:
		case x.class == positive:
			m.Positive.N++
		default:
			m.Negative.N++
		}
	}
}

// make makes the direction of a point.
func (s *source) make(ctx context.Context, point string, opt *Options) (*Direction, *Figures, *means, error) {
	m, err := meansOf(ctx, s, point)
	if err != nil {
		return nil, nil, nil, err
	}
	d := &Direction{Name: point, Rank: opt.Rank, Width: len(m.all), Positive: narrow(m.mean[positive]), Negative: narrow(m.mean[negative])}
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
	d.Vector, d.SD, d.Covariance = narrow(v), spread.sd, spread.covariance
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
