package probe

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/hooks"
)

// ByModel transfers a choice between models, whose rows may be of different widths: the
// relative depth.
const ByModel = "model"

// depths is the layer curve of one model.
type depths struct {
	run   string
	folds int
	depth []float64 // (layer + 1) / layers
	auroc []metric.Interval
}

// models chooses the depth at which probes are best on each model, and tells how good probes of
// every model are at the block nearest to that depth. Probes are fitted and held out in the
// model that they score; what is carried over is the depth alone.
func models(ctx context.Context, runs []string, opt Options, method nested.Method) (*report.Report, error) {
	if len(runs) < 2 {
		return nil, hint.Usage(fmt.Errorf("a transfer between models of one run"), "name a run of each model")
	}
	r := &report.Report{Version: report.Version, Kind: report.Transfer}
	site, err := siteOf(opt.Data.Points)
	if err != nil {
		return nil, err
	}
	var all []depths
	for i, dir := range runs {
		d, set, err := depthsOf(ctx, dir, site, opt, method)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		if i == 0 {
			r.Task = taskOf(set, &opt)
			r.Task.How = []string{described(method)}
		} else {
			r.Task.Runs = append(r.Task.Runs, taskOf(set, &opt).Runs...)
		}
		r.Warnings = append(r.Warnings, set.Notes...)
		all = append(all, *d)
	}
	r.Task.Split = splitOf(all)
	m := &report.Matrix{By: ByModel}
	for i, a := range all {
		best := a.best()
		m.Train, m.Test = append(m.Train, fmt.Sprintf("%s, depth %.2f", a.run, a.depth[best])), append(m.Test, a.run)
		var row []metric.Interval
		within := make([]bool, len(all))
		within[i] = true
		for _, b := range all {
			row = append(row, b.auroc[b.nearest(a.depth[best])])
		}
		m.AUROC, m.Within = append(m.AUROC, row), append(m.Within, within)
	}
	r.Matrix = m
	r.Warnings = append(r.Warnings, "What is carried over between models is the relative depth alone: probes are fitted in the model that they score. On a model's own row its best depth was chosen by these same figures, so that it is better than it should be.")
	return r, nil
}

// splitOf says in how many folds the models were measured: fewer where there are few groups.
func splitOf(all []depths) string {
	least, most := all[0].folds, all[0].folds
	for _, d := range all {
		least, most = min(least, d.folds), max(most, d.folds)
	}
	if least == most {
		return fmt.Sprintf("%d folds by group in each model", most)
	}
	return fmt.Sprintf("%d to %d folds by group, by the model", least, most)
}

// siteOf gives the one kind of point that is asked for; resid_post where nothing is.
func siteOf(points []string) (hooks.Site, error) {
	site := hooks.ResidPost
	for i, name := range points {
		p, ok := hooks.ParsePoint(name)
		if !ok || p.Layer < 0 || i > 0 && p.Site != site {
			return site, hint.Usage(fmt.Errorf("%s among points of one kind in every block", name), "a transfer between models is of one kind of point: give it as in resid_post")
		}
		site = p.Site
	}
	return site, nil
}

// depthsOf measures probes in every block of a model.
func depthsOf(ctx context.Context, dir string, site hooks.Site, opt Options, method nested.Method) (*depths, *data.Set, error) {
	opt.Data.Points = nil
	set, err := data.Open(ctx, []string{dir}, opt.Data)
	if err != nil {
		return nil, nil, err
	}
	if len(set.Rules) > 1 {
		return nil, nil, hint.Usage(fmt.Errorf("%d rules of tokens", len(set.Rules)), "a transfer between models is under one rule: choose it by ", hint.Option("tokens"))
	}
	cells, splits, err := foldsOf(set, &opt, 1, 1)
	if err != nil {
		return nil, nil, err
	}
	out := &depths{run: set.Runs[0].Name, folds: len(splits)}
	cases, layers := set.Cases(cells), set.Runs[0].Manifest.Model.Layers
	e := &evaluation{cases: cases}
	for _, point := range set.Points {
		p, ok := hooks.ParsePoint(point)
		if !ok || p.Site != site || p.Layer < 0 {
			continue
		}
		opt.note("%s: fitting at %s", set.Runs[0].Name, point)
		space, err := set.Space(point, set.Rules[0].Tokens)
		if err != nil {
			return nil, nil, err
		}
		found, err := nested.Search(ctx, cases, []nested.Space{space}, splits, []nested.Candidate{{Method: method}}, nested.Options{})
		if err != nil {
			return nil, nil, err
		}
		d, _ := e.held(found.Scores)
		auroc, err := metric.AUROC(d, opt.Level)
		if err != nil {
			return nil, nil, err
		}
		out.depth, out.auroc = append(out.depth, float64(p.Layer+1)/float64(max(layers, 1))), append(out.auroc, auroc)
	}
	if len(out.depth) == 0 {
		return nil, nil, hint.Usage(fmt.Errorf("the run has no rows of %s", site), "choose a kind of point that every run has")
	}
	return out, set, nil
}

// best is the place of the largest AUROC, the first of equals.
func (d *depths) best() (at int) {
	for i, a := range d.auroc {
		if a.Value > d.auroc[at].Value {
			at = i
		}
	}
	return at
}

// nearest is the place of the block nearest to a depth, the earlier of two.
func (d *depths) nearest(depth float64) int {
	far := func(x float64) float64 { return math.Abs(x - depth) }
	least := slices.MinFunc(d.depth, func(a, b float64) int { return cmp.Compare(far(a), far(b)) })
	return slices.Index(d.depth, least)
}
