package nested

import (
	"context"

	"intentprobe/capture/probe/fit"
)

// mostProblems is how many logistic regressions are solved side by side.
const mostProblems = 256

// regress takes logistic regressions of a space in all draws: those of some draws at once.
func (d *trials) regress(ctx context.Context, rows *sampled, candidates []int) error {
	if candidates == nil {
		return nil
	}
	methods := methodsOf(pick(d.candidates, candidates))
	f := &fitter{rows: rows, trains: d.plan.trains, opt: &d.opt}
	f.room(len(methods))
	if err := f.measure(ctx, methods); err != nil {
		return err
	}
	var a area
	batch := max(1, mostProblems/(len(methods)*len(d.plan.trains)))
	for start := 0; start < len(d.positive); start += batch {
		end := min(start+batch, len(d.positive))
		probes := make([][][]*fit.Probe, end-start) // [draws][methods][training sets]
		for k := range probes {
			probes[k] = make([][]*fit.Probe, len(methods))
			for i := range methods {
				probes[k][i] = append([]*fit.Probe(nil), f.out[i]...)
			}
		}
		for _, scale := range []bool{false, true} {
			if err := d.solve(ctx, f, methods, scale, start, probes); err != nil {
				return err
			}
		}
		for k := range probes {
			out, err := d.with(d.positive[start+k]).judge(ctx, rows, methods, probes[k])
			if err != nil {
				return err
			}
			for j, h := range out {
				d.take(candidates[j], start+k, h.inner, h.scores, &a)
			}
		}
	}
	return nil
}

// solve fits the regressions of some draws, from start on, that standardise, or do not.
func (d *trials) solve(ctx context.Context, f *fitter, methods []Method, scale bool, start int, probes [][][]*fit.Probe) error {
	var problems []fit.Problem
	var to []**fit.Probe
	for k := range probes {
		labels := d.lists[start+k]
		if f.rows.Sample != nil {
			labels = make([]int8, len(f.rows.Sample))
			for row, sample := range f.rows.Sample {
				labels[row] = d.lists[start+k][sample]
			}
		}
		other := d.with(d.positive[start+k])
		for i, m := range methods {
			if m.Kind != Logistic || m.Scale != scale {
				continue
			}
			for _, t := range f.useful {
				if n := other.cases.classes(f.trains[t]); n[0] == 0 || n[1] == 0 {
					probes[k][i][t] = f.nothing(f.trains[t])
					continue
				}
				problems = append(problems, fit.Problem{Train: f.trains[t], C: m.C, Labels: labels})
				to = append(to, &probes[k][i][t])
			}
		}
	}
	if problems == nil {
		return nil
	}
	opt := d.opt.Logistic
	opt.Raw = !scale
	fitted, err := fit.Logistic(ctx, f.rows, f.moments, problems, opt)
	for i, p := range fitted {
		*to[i] = p
	}
	return err
}
