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
	Arm      *string `json:"arm,omitempty"`
	Position int32   `json:"position"` // -1 where the sample as a whole differs
	Column   string  `json:"column"`   // for example blocks.3.hook_resid_post, or token_id
	Then     string  `json:"then"`
	Now      string  `json:"now"`
	Size     float64 `json:"size"`          // of activations: the largest difference in this row and column
	Relative float64 `json:"relative_size"` // the norm of the difference over that of the row then
}

// deviation is a place of a sample.
func deviation(s rundir.Sample, d Deviation) *Deviation {
	d.SampleID, d.PromptID, d.Arm = s.SampleID, s.PromptID, s.Arm
	return &d
}

// SampleDeviation compares what the samples table says, but for where rows lie; of
// samples of an earlier format, what that has. Their run has these probes.
func SampleDeviation(format int, was, is rundir.Sample, probes ...string) *Deviation {
	columns := rundir.SampleColumnsWith(probes)
	c, then, now := different(columns, format, &was, &is, rundir.Exact)
	if c == nil {
		return nil
	}
	return deviation(was, Deviation{Position: -1, Column: c.Name, Then: then, Now: now})
}

// rowDeviation gives the first difference of what rows carry beside activations, its
// row, and how its column is compared; of rows of an earlier format, of what that has.
func rowDeviation(format int, probes []string, s rundir.Sample, was, is []rundir.Row) (d *Deviation, at int, how rundir.Comparing) {
	d = deviation(s, Deviation{})
	columns := rundir.RowColumnsWith(probes)
	for i := range min(len(was), len(is)) {
		for _, how := range []rundir.Comparing{rundir.Exact, rundir.Score} {
			if c, then, now := different(columns, format, &was[i], &is[i], how); c != nil {
				d.Position, d.Column, d.Then, d.Now = was[i].Position, c.Name, then, now
				return d, i, how
			}
		}
	}
	if len(was) != len(is) {
		d.Position, d.Column, d.Then, d.Now = -1, "rows", fmt.Sprint(len(was)), fmt.Sprint(len(is))
		return d, min(len(was), len(is)), rundir.Exact
	}
	return nil, len(was), rundir.Exact
}

// different gives the first column that is compared in one way and has other values,
// and what is shown of them; nil for none.
func different[T any](columns rundir.Columns[T], format int, was, is *T, how rundir.Comparing) (c *rundir.Column[T], then, now string) {
	for i := range columns {
		c := &columns[i]
		if c.In == nil || c.Compare != how || rundir.LacksColumn(format, c.Name) {
			continue
		}
		x, y := reflect.ValueOf(c.In(was)).Elem().Interface(), reflect.ValueOf(c.In(is)).Elem().Interface()
		switch {
		case same(x, y):
		case c.Show != nil:
			return c, c.Show(was), c.Show(is)
		default:
			names := rundir.Dictionaries[c.Name]
			return c, shown(names, x), shown(names, y)
		}
	}
	return nil, "", ""
}

// same says whether two values are: of lists their items, of scores their bits.
func same(x, y any) bool {
	switch x := x.(type) {
	case float32:
		return !differ(x, y.(float32))
	case []string:
		return slices.Equal(x, y.([]string))
	case []float64:
		return slices.EqualFunc(x, y.([]float64), func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
	}
	return reflect.DeepEqual(x, y)
}

// shown gives a value as text; of a dictionary with these names, the name of a code.
func shown(names []string, v any) string {
	if code, ok := v.(int8); ok && code >= 0 && int(code) < len(names) {
		return names[code]
	}
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer {
		return fmt.Sprint(v)
	}
	if p.IsNil() {
		return "null"
	}
	return fmt.Sprint(p.Elem())
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
