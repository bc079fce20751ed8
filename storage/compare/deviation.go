package compare

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"intentprobe/storage/rundir"
)

// Deviation is a place where two samples differ.
type Deviation struct {
	SampleID int64   `json:"sample_id"`
	PromptID string  `json:"prompt_id"`
	Position int32   `json:"position"` // -1 where the sample as a whole differs
	Column   string  `json:"column"`   // for example blocks.3.hook_resid_post, or token_id
	Then     string  `json:"then"`
	Now      string  `json:"now"`
	Size     float64 `json:"size"`          // of activations: the largest difference in this row and column
	Relative float64 `json:"relative_size"` // the norm of the difference over that of the row then
}

// SampleDeviation compares what the samples table says, but for where rows lie; of
// samples of an earlier format, what that has.
func SampleDeviation(format int, was, is rundir.Sample) *Deviation {
	is.File, is.FirstRow = was.File, was.FirstRow
	for _, c := range rundir.SampleColumns {
		if rundir.LacksColumn(format, c.Name) {
			continue
		}
		if x, y := reflect.ValueOf(c.In(&was)).Elem().Interface(), reflect.ValueOf(c.In(&is)).Elem().Interface(); !reflect.DeepEqual(x, y) {
			return &Deviation{SampleID: was.SampleID, PromptID: was.PromptID, Position: -1, Column: c.Name, Then: shown(x), Now: shown(y)}
		}
	}
	return nil
}

func shown(v any) string {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer {
		return fmt.Sprint(v)
	}
	if p.IsNil() {
		return "null"
	}
	return fmt.Sprint(p.Elem())
}

// rowDeviation gives the first difference of what rows carry beside activations,
// and its row; of rows of an earlier format, of what that has.
func rowDeviation(format int, s rundir.Sample, was, is []rundir.Row) (*Deviation, int) {
	d := &Deviation{SampleID: s.SampleID, PromptID: s.PromptID}
	for i := range min(len(was), len(is)) {
		a, b := was[i], is[i]
		for _, f := range []struct {
			name      string
			different bool
			then, now any
		}{
			{"position", a.Position != b.Position, a.Position, b.Position},
			{"token_id", a.TokenID != b.TokenID, fmt.Sprintf("%d %q", a.TokenID, a.Token), fmt.Sprintf("%d %q", b.TokenID, b.Token)},
			{"token", a.Token != b.Token, a.Token, b.Token},
			{"phase", a.Phase != b.Phase, nameOf(rundir.Phases, a.Phase), nameOf(rundir.Phases, b.Phase)},
			{"role", a.Role != b.Role, nameOf(rundir.Roles, a.Role), nameOf(rundir.Roles, b.Role)},
			{"turn", a.Turn != b.Turn, a.Turn, b.Turn},
			{"generated", a.Generated != b.Generated, a.Generated, b.Generated},
			{"reasoning", a.Reasoning != b.Reasoning, a.Reasoning, b.Reasoning},
			{"stop", a.Stop != b.Stop, a.Stop, b.Stop},
			{"spans", !slices.Equal(a.Spans, b.Spans), a.Spans, b.Spans},
			{"logprob", differ(a.Logprob, b.Logprob), a.Logprob, b.Logprob},
			{"entropy", differ(a.Entropy, b.Entropy), a.Entropy, b.Entropy},
		} {
			if f.different && !rundir.LacksColumn(format, f.name) {
				d.Position, d.Column, d.Then, d.Now = a.Position, f.name, fmt.Sprint(f.then), fmt.Sprint(f.now)
				return d, i
			}
		}
	}
	if len(was) != len(is) {
		d.Position, d.Column, d.Then, d.Now = -1, "rows", fmt.Sprint(len(was)), fmt.Sprint(len(is))
		return d, min(len(was), len(is))
	}
	return nil, len(was)
}

func nameOf(names []string, code int8) string {
	if code < 0 || int(code) >= len(names) {
		return fmt.Sprint(code)
	}
	return names[code]
}

// differ compares bits; missing values are NaN and alike.
func differ(a, b float32) bool {
	return math.Float32bits(a) != math.Float32bits(b) && !(a != a && b != b)
}

// tensorDeviation compares one tensor bit by bit: nil where all are alike.
func tensorDeviation(was, is []float32) *Deviation {
	var d *Deviation
	var norm, off float64
	for i, a := range was {
		b := is[i]
		norm += float64(a) * float64(a)
		if !differ(a, b) {
			continue
		}
		gap := finite(math.Abs(float64(a) - float64(b)))
		off += gap * gap
		if d == nil || gap > d.Size {
			d = &Deviation{Then: fmt.Sprintf("[%d] %v", i, a), Now: fmt.Sprintf("[%d] %v", i, b), Size: gap}
		}
	}
	if d != nil {
		d.Relative = finite(math.Sqrt(off / norm))
	}
	return d
}

// finite gives a number that JSON can hold.
func finite(x float64) float64 {
	if math.IsNaN(x) || x > math.MaxFloat64 {
		return math.MaxFloat64
	}
	return x
}
