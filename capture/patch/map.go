package patch

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/arm"
	"intentprobe/capture/effect"
	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/storage/rundir"
)

// Map is what swaps of single points and positions do to the alternatives.
type Map struct {
	Run       string   `json:"run"`
	Pairs     int      `json:"pairs"`     // samples that were swapped: two of each pair
	Alike     int      `json:"alike"`     // of them, those less than SmallestGap from their other half
	Gap       float64  `json:"gap"`       // mean |D_source - D_none| over them, nats; 0 where there are none
	Points    []string `json:"points"`    // in their order in the model
	Positions []string `json:"positions"` // expressions of tokens, in their order in the prompt
	Cells     []Cell   `json:"cells"`
}

// SmallestGap is the distance of two halves, in nats, below which they count as alike, and an
// effect would be a quotient of noise. It is a floor: how far D moves between batches depends on
// the weights and the cache, and with quantised ones that may be more (docs/interventions.md).
const SmallestGap = 0.01

// Cell is one point and position. With D = log p(first option) - log Σ p(others), b a sample,
// s the other half of its pair and sums over all samples,
//
//	Effect = Σ sign(D_s - D_b) (D_arm(b) - D_b) / Σ |D_s - D_b|
//
// 0 is no effect, 1 moves the answers all the way to those of the other half. It is the
// normalised difference of Wang et al. (2022, arXiv 2211.00593), (D_arm - D_b) / (D_s - D_b),
// with samples weighted by how far they are from their other half: where that is nearly
// nothing, the quotient of one sample means nothing.
type Cell struct {
	Point    string   `json:"point"`
	Layer    int32    `json:"layer"`
	Position string   `json:"position"`
	Arm      string   `json:"arm"`
	Effect   *float64 `json:"effect"`  // nil where no sample was swapped, or mean |D_s - D_b| is below SmallestGap
	Change   *float64 `json:"change"`  // mean of sign(D_s - D_b) (D_arm(b) - D_b), nats; nil where no sample was swapped
	Samples  int64    `json:"samples"` // that were swapped
}

// sampleKey names a sample in whatever arm.
type sampleKey struct {
	prompt string
	sample int32
}

// Of makes the map of a run whose arms each swap one point at one position, by the
// alternatives of a name; without a name by the only ones. Errors are *hint.UsageError, or
// come from the files.
func Of(dir, alternatives string) (*Map, error) {
	run, err := rundir.OpenRecorded(dir)
	if err != nil {
		return nil, err
	}
	s, err := spec.OfRun(run.Manifest)
	if err != nil {
		return nil, err
	}
	samples, err := run.Samples()
	if err != nil {
		return nil, err
	}
	d, err := effect.Difference(samples, alternatives)
	if err != nil {
		return nil, err
	}
	out := &Map{Run: dir}
	cells := map[string]*Cell{}
	for _, a := range run.Manifest.Arms {
		if a.Kind == arm.Edit && len(a.Edits) == 1 && a.Edits[0].Do == "swap" && len(a.Edits[0].Points) == 1 {
			p, _ := hooks.ParsePoint(a.Edits[0].Points[0])
			cells[a.Name] = &Cell{Point: a.Edits[0].Points[0], Layer: int32(p.Layer), Position: a.Edits[0].Tokens, Arm: a.Name}
		}
	}
	if len(cells) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s has no arm that swaps one point", dir), "make a run with ", hint.Command{"patch", "SPEC"})
	}
	out.fill(cells, samples, sources(&s, samples), d)
	for _, a := range run.Manifest.Arms { // in the order of the sweep
		if c := cells[a.Name]; c != nil {
			out.Cells = append(out.Cells, *c)
			if !slices.Contains(out.Positions, c.Position) {
				out.Positions = append(out.Positions, c.Position)
			}
			if !slices.Contains(out.Points, c.Point) {
				out.Points = append(out.Points, c.Point)
			}
		}
	}
	slices.SortStableFunc(out.Points, func(a, b string) int {
		p, _ := hooks.ParsePoint(a)
		q, _ := hooks.ParsePoint(b)
		return cmp.Or(int(p.Site-q.Site), p.Layer-q.Layer)
	})
	return out, nil
}

// sources gives for each sample of the arm none the one that its swaps take from.
func sources(s *spec.Spec, samples []rundir.Sample) map[sampleKey]sampleKey {
	condition := ""
	for i := range s.Interventions {
		condition = s.Interventions[i].From.Condition
	}
	type group struct{ name, style string }
	text := func(t *string) string {
		if t == nil {
			return ""
		}
		return *t
	}
	groups := map[group][]*rundir.Sample{}
	of := func(x *rundir.Sample) group {
		if condition != "" {
			return group{text(x.Question), text(x.Style)}
		}
		return group{text(x.Pair), text(x.Style)}
	}
	var bases []*rundir.Sample
	for i := range samples {
		x := &samples[i]
		if text(x.Arm) == rundir.ArmNone && x.ParentSampleID == nil && x.Stage == nil {
			bases = append(bases, x)
			groups[of(x)] = append(groups[of(x)], x)
		}
	}
	out := map[sampleKey]sampleKey{}
	for _, x := range bases {
		for _, y := range groups[of(x)] {
			fits := y.PromptID != x.PromptID
			if condition != "" {
				fits = text(y.Condition) == condition
			}
			if fits && (y.Sample == x.Sample || y.Sample == 0) {
				out[sampleKey{x.PromptID, x.Sample}] = sampleKey{y.PromptID, y.Sample}
			}
		}
	}
	return out
}

// fill computes the cells.
func (m *Map) fill(cells map[string]*Cell, samples []rundir.Sample, source map[sampleKey]sampleKey, d func(*rundir.Sample) float64) {
	none := map[sampleKey]float64{}
	for i := range samples {
		if x := &samples[i]; x.Arm != nil && *x.Arm == rundir.ArmNone && x.ParentSampleID == nil {
			none[sampleKey{x.PromptID, x.Sample}] = d(x)
		}
	}
	gap := func(k sampleKey) float64 {
		from, ok := source[k]
		if !ok {
			return math.NaN()
		}
		return none[from] - none[k]
	}
	sum := 0.0
	for k := range none {
		if g := gap(k); !math.IsNaN(g) && !math.IsInf(g, 0) {
			m.Pairs++
			sum += math.Abs(g)
			if math.Abs(g) < SmallestGap {
				m.Alike++
			}
		}
	}
	if m.Pairs > 0 {
		m.Gap = sum / float64(m.Pairs)
	}
	weight, changes := map[string]float64{}, map[string]float64{}
	for i := range samples {
		x := &samples[i]
		if x.Arm == nil || cells[*x.Arm] == nil || x.ParentSampleID != nil || x.EditedTokens == 0 {
			continue
		}
		k := sampleKey{x.PromptID, x.Sample}
		g, change := gap(k), d(x)-none[k]
		if math.IsNaN(g) || math.IsInf(g, 0) || math.IsNaN(change) || math.IsInf(change, 0) {
			continue
		}
		if g < 0 {
			change = -change
		}
		cells[*x.Arm].Samples++
		changes[*x.Arm] += change
		weight[*x.Arm] += math.Abs(g)
	}
	for name, c := range cells {
		if c.Samples == 0 {
			continue
		}
		mean := changes[name] / float64(c.Samples)
		c.Change = &mean
		if weight[name] >= SmallestGap*float64(c.Samples) {
			whole := changes[name] / weight[name]
			c.Effect = &whole
		}
	}
}

// FromEnd gives how many tokens from the end of the prompt a position lies, 1 for the last;
// 0 where it is none of these.
func FromEnd(position string) int {
	text, ok := strings.CutPrefix(position, "prompt[-")
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, "]"))
	if err != nil {
		return 0
	}
	return n
}
