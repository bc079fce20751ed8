package verify

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
	"intentprobe/storage/safetensors"
)

// probesListed checks the probes of the manifest by themselves, and that their columns are
// listed.
func (v *verifier) probesListed() {
	seen := map[string]bool{}
	for _, p := range v.m.Probes {
		switch {
		case p.Name == "" || seen[p.Name]:
			v.add(rundir.ManifestName, "probes", "%q is the name of another probe, or none", p.Name)
		case math.IsNaN(p.Bias) || math.IsInf(p.Bias, 0):
			v.add(rundir.ManifestName, "probes", "%s has the bias %v", p.Name, p.Bias)
		}
		seen[p.Name] = true
	}
	names := v.m.ProbeNames()
	if len(names) > 0 && v.m.Directions == nil {
		v.add(rundir.ManifestName, "probes", "are there; the run keeps no directions")
	}
	for _, table := range []struct {
		name         string
		must, listed []rundir.OptionalColumn
	}{
		{"activations", rundir.ProbeRowColumns(names).Optional(), v.m.Optional.Activations},
		{"samples", rundir.ProbeSampleColumns(names).Optional(), v.m.Optional.Samples},
	} {
		for _, c := range table.must {
			if !slices.Contains(table.listed, c) {
				v.add(rundir.ManifestName, "optional_columns", "%s: %s is missing, or of another type; the run has the probe", table.name, c.Name)
			}
		}
	}
}

// readProbes takes the directions of the probes out of the run's file of them. What is
// wrong with that file is told elsewhere.
func (v *verifier) readProbes() {
	for _, p := range v.m.Probes {
		v.probes = append(v.probes, probe{Probe: p, hook: slices.IndexFunc(v.m.Hooks, func(h rundir.Hook) bool { return h.Name == p.Point })})
	}
	if len(v.probes) == 0 || v.m.Directions == nil || v.m.Directions.SHA256 == "" {
		return
	}
	in, err := safetensors.Open(filepath.Join(v.dir, rundir.DirectionsName))
	if err != nil {
		return
	}
	defer in.Close()
	for i := range v.probes {
		p := &v.probes[i]
		if _, there := in.Tensors[p.Direction]; !there {
			v.add(rundir.DirectionsName, "", "has no direction %q, which the probe %s is", p.Direction, p.Name)
			continue
		}
		if p.hook < 0 {
			continue
		}
		size := arrowfile.Elements(v.m.Hooks[p.hook].Shape)
		if p.vector, err = in.Floats(p.Direction); err != nil || len(p.vector) != size {
			v.add(rundir.DirectionsName, "", "%q has %d numbers; rows of %s have %d", p.Direction, len(p.vector), p.Point, size)
			p.vector = nil
		}
	}
}

// probeAt gives the number of the probe that a column of activations is of, -1 for none.
func (v *verifier) probeAt(f arrow.Field) int {
	for i := range v.m.Probes {
		if f.Name == rundir.ProbeColumn(v.m.Probes[i].Name) && listedAs(rundir.ProbeRowColumns(v.m.ProbeNames()), f) {
			return i
		}
	}
	return -1
}

// probed reads the scores of a probe, which must be finite.
func (c *rowCheck) probed(r *arrowfile.BatchReader, field arrow.Field, probe int) error {
	values, err := r.Plain(field, nil)
	if err != nil {
		return err
	}
	for len(c.given) <= probe {
		c.given = append(c.given, nil)
	}
	c.given[probe] = c.given[probe][:0]
	for i := range int(r.Rows) {
		x := values.FloatOrNaN(i)
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			c.fault(r.First+int64(i), field.Name, "is %v; scores must be finite", x)
		}
		c.given[probe] = append(c.given[probe], x)
	}
	return nil
}

// pool adds the scores of row i of the batch to those of its sample's response.
func (c *rowCheck) pool(i int, position int32) {
	if c.samples == nil || c.at >= len(c.samples.ranges) || len(c.given) == 0 {
		return
	}
	s := &c.samples.ranges[c.at]
	if !s.responds(position) || s.stops(position) {
		return
	}
	if s.scores == nil {
		s.scores = make([]pooled, len(c.probes))
	}
	for k := range c.given {
		s.scores[k].add(c.given[k][i])
	}
}

// pooledRight checks what samples say of their scores against those of their rows.
func (c *rowCheck) pooledRight() {
	if c.samples == nil || c.spec.noRows() {
		return
	}
	for i, s := range c.samples.ranges {
		for k := range c.probes {
			var of pooled
			if s.scores != nil {
				of = s.scores[k]
			}
			for n, must := range of.values() {
				at := k*len(rundir.Pooled) + n
				if at >= len(s.pooled) {
					continue // the column is not there, which was told
				}
				if is := s.pooled[at]; is != must && !(is != is && must != must) {
					name := rundir.ProbeColumn(c.probes[k].Name) + "." + rundir.Pooled[n]
					c.add(c.file, fmt.Sprintf("sample %d, column %q", c.samples.first+int64(i), name), "is %v; its rows give %v", is, must)
				}
			}
		}
	}
}

// poolOf reads a column of pooled scores of samples; false where it is none.
func (c *sampleCheck) poolOf(r *arrowfile.BatchReader, field arrow.Field, samples []sampleRange) (bool, error) {
	columns := rundir.ProbeSampleColumns(c.m.ProbeNames())
	at := slices.IndexFunc(columns, func(o rundir.Column[rundir.Sample]) bool { return o.Name == field.Name })
	if at < 0 || !listedAs(columns, field) {
		return false, nil
	}
	values, err := r.Plain(field, nil)
	if err != nil {
		return true, err
	}
	for i := range samples {
		x := float32(math.NaN())
		if !values.Null(i) {
			if x = values.FloatOrNaN(i); math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				c.fault(c.first+int64(i), field.Name, "is %v; scores must be finite", x)
			}
		}
		for len(samples[i].pooled) <= at {
			samples[i].pooled = append(samples[i].pooled, float32(math.NaN()))
		}
		samples[i].pooled[at] = x
	}
	return true, nil
}

// againFor begins for the probes that score a column's rows.
func (c *rowCheck) againFor(column int, rows int64) (out []*again) {
	for i, p := range c.probes {
		if p.hook == column && p.vector != nil && i < len(c.given) {
			out = append(out, &again{i, p.vector, make([]float64, rows), make([]float64, rows)})
		}
	}
	return out
}

// Rounding of a score to float32, and of the row's numbers to float16, relative to the sum
// of the sizes of what is added.
const (
	scoreRounding = 1e-6
	halfRounding  = 1.0 / 1024
)

// compare holds the scores of a batch against those that were computed again.
func (c *rowCheck) compare(a *again, first int64, of arrowfile.DType) {
	p := &c.probes[a.probe]
	rounding := scoreRounding
	if of == arrowfile.Float16 {
		rounding = halfRounding
	}
	for i, sum := range a.sum {
		size := a.size[i] + math.Abs(p.Bias)
		if math.IsNaN(size) || math.IsInf(size, 0) { // beyond float16's range
			continue
		}
		is, must := float64(c.given[a.probe][i]), sum+p.Bias
		if !(math.Abs(is-must) <= rounding*size+1e-30) {
			c.fault(first+int64(i), rundir.ProbeColumn(p.Name), "is %v; the row at %s gives %v", is, p.Point, must)
		}
	}
}
