package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
	"intentprobe/capture/probe/report"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
	"intentprobe/storage/plural"
)

// file is a probe that was read.
type file struct {
	reference string
	direction *vector.Direction
	meta      *vector.Meta
	folds     Folds
	fitted    nested.Fitted
	at        place
	platt     *nested.Platt // nil: scores have no probabilities
}

// read reads a probe: FILE, or FILE#NAME. The error is a *hint.UsageError where it is no
// single direction at one point.
func read(reference string) (*file, error) {
	path, name := vector.Split(reference)
	all, err := vector.Read(path)
	if err != nil {
		return nil, err
	}
	d, err := all.Named(name)
	if err != nil {
		return nil, err
	}
	f := &file{reference: reference, direction: d, meta: all.Meta.For(d.Name)}
	switch {
	case d.KindIn(f.meta) == vector.Affine || strings.HasPrefix(f.meta.How, erasedByINLP):
		return nil, hint.Usage(fmt.Errorf("%s: %q is an eraser (%s), and gives no score", path, d.Name, f.meta.How), "interventions take it with ", DoOf(f.meta), "; ", hint.Command{"vector", "show", path}, " shows it")
	case d.Instead(f.meta) != "":
		return nil, hint.Usage(fmt.Errorf("%s: %q is no single direction, but %s, and gives no score", path, d.Name, d.Instead(f.meta)), "name a direction: ", hint.Command{"vector", "show", path}, " lists them")
	case d.Norm() == 0:
		return nil, hint.Usage(fmt.Errorf("%s: %q is zero, and gives all samples one score", path, d.Name), "name another direction")
	}
	f.at = place{f.meta.Point, f.meta.Tokens}
	if _, ok := hooks.ParsePoint(d.Name); ok {
		f.at.point = d.Name
	}
	if f.at.point == "" {
		return nil, hint.Usage(fmt.Errorf("%s does not say at which point %q was made", path, d.Name), "use a file that says it: one of ", hint.Command{"probe", "train"}, " or ", hint.Command{"vector", "make"})
	}
	if len(f.meta.Folds) > 0 {
		if err := json.Unmarshal(f.meta.Folds, &f.folds); err != nil {
			return nil, fmt.Errorf("%s: folds: %w", path, err)
		}
	}
	f.standard()
	return f, nil
}

// standard finds by what scores are standardised: what the file says; else the middle of the
// class means, and the deviation along the direction.
func (f *file) standard() {
	d := f.direction
	f.fitted = nested.Fitted{Probe: &fit.Probe{Weights: vector.Widen(d.Vector), Bias: d.Bias}, SD: 1}
	var said Figures
	if json.Unmarshal(f.meta.Figures[d.Name], &said) == nil && said.Scale > 0 {
		f.fitted.Mean, f.fitted.SD = said.Mean, said.Scale
	} else if d.Positive != nil && d.Negative != nil && d.SD > 0 {
		f.fitted.Mean = (f.fitted.Probe.Score(d.Positive) + f.fitted.Probe.Score(d.Negative)) / 2
		f.fitted.SD = d.SD * d.Norm()
	}
	f.platt = said.Platt
	if f.platt == nil && (strings.HasPrefix(f.meta.How, nested.LDA) || strings.HasPrefix(f.meta.How, nested.Logistic)) {
		f.platt = &nested.Platt{A: f.fitted.SD, B: f.fitted.Mean} // log-odds
	}
}

// options are those of a file, where the caller says nothing.
func (f *file) options(opt *Options) {
	d := &opt.Data
	fill := func(to *string, of string) {
		if *to == "" {
			*to = of
		}
	}
	label, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(f.meta.Label, "column "), "key "), "@")
	fill(&d.Label, label)
	if f.meta.Positive != nil && f.meta.Negative != nil {
		fill(&d.Positive, f.meta.Positive.Name)
		fill(&d.Negative, f.meta.Negative.Name)
	}
	if len(d.Tokens) == 0 {
		d.Tokens = []string{f.at.tokens}
	}
	f.at.tokens = d.Tokens[0]
	d.Points, d.IgnoreSplit = []string{f.at.point}, true
	if d.Rows != "" {
		return
	}
	d.Rows, d.Pool = data.RowsSample, f.meta.Pooling
	if f.meta.Pooling == "none" {
		d.Rows, d.Pool = data.RowsToken, ""
		if p, err := ParsePooling(f.meta.Scores); err == nil {
			d.Score = p
		}
	}
}

// fits refuses a run of another model, template or adapters than the probe was made with, and
// of rows of another dtype where that counts, unless it is forced; then it says what differs.
func (f *file) fits(set *data.Set, dtype, force bool) (differ []string, err error) {
	for _, r := range set.Runs {
		differ = f.meta.Differences(vector.FactsOf(r.Manifest))
		if is := string(r.Manifest.DType); dtype && f.meta.DType != "" && f.meta.DType != is {
			differ = append(differ, fmt.Sprintf("dtype of the rows: %s in the file, %s now, which is rounded otherwise", f.meta.DType, is))
		}
		if len(differ) > 0 && !force {
			return nil, hint.Usage(fmt.Errorf("%s was made with something else than %s: %s", f.reference, r.Dir, strings.Join(differ, "; ")),
				"run again as the probe was made, or take it all the same with ", hint.Option("force"))
		}
	}
	return differ, nil
}

// Eval scores the samples of runs by a probe of a file, which is FILE or FILE#NAME. What opt
// leaves out is as the file says. Samples of questions that the probe was fitted to are left
// out. Errors are *hint.UsageError, or come from the files.
func Eval(ctx context.Context, reference string, runs []string, opt Options) (*report.Report, error) {
	opt.defaults()
	f, err := read(reference)
	if err != nil {
		return nil, err
	}
	if _, err := opt.check(true); err != nil {
		return nil, err
	}
	if len(opt.Data.Tokens) > 1 {
		return nil, hint.Usage(errors.New("several rules of tokens for one probe"), "give one")
	}
	f.options(&opt)
	set, err := data.Open(ctx, runs, opt.Data)
	if err != nil {
		return nil, err
	}
	differ, err := f.fits(set, true, opt.Force)
	if err != nil {
		return nil, err
	}
	if err := checkControls(ctx, set, &opt); err != nil {
		return nil, err
	}
	e := &evaluation{opt: &opt, set: set, rule: f.at.tokens}
	e.report = &report.Report{Version: report.Version, Kind: report.Eval, Task: taskOf(set, &opt)}
	e.report.Warnings = append(append(e.report.Warnings, set.Notes...), differ...)
	e.report.Probe = &report.Probe{File: filepath.Base(reference), Name: f.direction.Name, Point: f.at.point, Tokens: f.at.tokens, How: f.meta.How, Norm: f.direction.Norm()}
	if err := e.scoreBy(ctx, f); err != nil {
		return nil, err
	}
	if err := e.told(ctx, f); err != nil {
		return nil, err
	}
	e.report.Passes = set.Passes()
	return e.report, nil
}

// scoreBy scores all samples of questions that the probe was not fitted to.
func (e *evaluation) scoreBy(ctx context.Context, f *file) error {
	seen := f.seen(e.set)
	isSeen := func(i int) bool { return seen[e.set.Samples[i].Group] }
	left := 0
	for i := range e.set.Samples {
		left += one(isSeen(i))
	}
	if left == len(e.set.Samples) {
		return hint.Usage(fmt.Errorf("%s was fitted to all questions of %s: nothing is held out", f.reference, strings.Join(dirs(e.set), ", ")), "name a run of other questions; what was held out while it was fitted is in its file: ", hint.Command{"probe", "show", f.reference})
	}
	cells, splits, err := foldsWithout(e.set, e.opt, e.opt.Inner, 1, isSeen)
	if err != nil {
		return err
	}
	if left > 0 {
		e.warn("%s left out: the probe was fitted to their questions", plural.Count(left, "sample"))
	}
	if len(f.folds.Seen) == 0 {
		e.notHeldOut = e.unseen(f)
		e.warn("%s", e.notHeldOut)
	}
	e.cases, e.splits = e.set.Cases(cells), splits
	space, err := e.set.Space(f.at.point, f.at.tokens)
	if err != nil {
		return err
	}
	scores, err := nested.Score(ctx, e.cases, space, []nested.Fitted{f.fitted})
	if err != nil {
		return err
	}
	e.scores = scores[0]
	if f.platt != nil {
		e.probability = make([]float64, len(e.scores))
	}
	for i, s := range e.scores {
		if f.platt != nil {
			e.probability[i] = f.platt.Of(s)
		}
		if cells[i] < 0 {
			e.scores[i] = math.NaN()
		}
	}
	return nil
}

// seen are the groups of a set that have a sample whose group, question or text the probe was
// fitted to.
func (f *file) seen(set *data.Set) map[string]bool {
	known, out := map[string]bool{}, map[string]bool{}
	for _, h := range append(slices.Clone(f.folds.Seen), f.folds.Known...) {
		known[h] = true
	}
	for i := range set.Samples {
		if known[hashOf(set.Samples[i].Group)] || slices.ContainsFunc(set.Marks(i), func(mark string) bool { return known[hashOf(mark)] }) {
			out[set.Samples[i].Group] = true
		}
	}
	return out
}

// unseen says, of a file without the questions that its direction was fitted to, what is
// known of them.
func (e *evaluation) unseen(f *file) string {
	for _, r := range e.set.Runs {
		for _, of := range f.meta.Runs {
			if of.ID == r.Manifest.RunID() {
				return fmt.Sprintf("the file was made from %s, and does not say which questions the probe was fitted to: they are among these", r.Dir)
			}
		}
	}
	return "the file does not say which questions the probe was fitted to: they may be among these"
}

func dirs(set *data.Set) (out []string) {
	for _, r := range set.Runs {
		out = append(out, r.Dir)
	}
	return out
}

// told measures the scores.
func (e *evaluation) told(ctx context.Context, f *file) error {
	if err := e.headline(ctx); err != nil {
		return err
	}
	if err := e.shuffled(); err != nil {
		return err
	}
	if err := e.baselines(ctx); err != nil {
		return err
	}
	d, _ := e.held(e.scores)
	if err := controls(ctx, e.report, e.opt, f, d); err != nil {
		return err
	}
	e.rows(nil)
	return e.judge(ctx)
}

// shuffled permutes the labels against the scores, which are fixed.
func (e *evaluation) shuffled() error {
	e.p, e.draws = math.NaN(), max(e.opt.Permutations, 0)
	if e.opt.Permutations == 0 {
		e.draws = 1000
	}
	if e.draws == 0 {
		return nil
	}
	d, at := e.held(e.scores)
	var stratum []string
	for _, i := range at {
		if e.cases.Stratum != nil {
			stratum = append(stratum, e.cases.Stratum[i])
		}
	}
	shuffle, err := metric.NewShuffle(d.Positive, d.Group, stratum, e.opt.Seed)
	if err != nil {
		e.warn("no permutations: %v", err)
		e.draws = 0
		return nil
	}
	seen, as := e.report.AUROC.Value, make([]float64, e.draws)
	above := 0
	other := metric.Data{Score: d.Score, Positive: make([]bool, len(d.Score))}
	for k := range as {
		shuffle.Next(other.Positive)
		if as[k] = nested.Area(other.Score, other.Positive); as[k] >= seen {
			above++
		}
	}
	e.p = float64(1+above) / float64(1+e.draws)
	e.report.Permutation = &report.Permutation{Of: report.LabelsAlone, P: e.p, Draws: e.draws, Median: quantile(as, 0.5), Quantile: quantile(as, 0.99)}
	return nil
}
