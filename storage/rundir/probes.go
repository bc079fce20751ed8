package rundir

import (
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
)

// Probe is a direction that scored the rows of a run while they were computed. Row columns
// and the pooled ones of samples are named after it.
type Probe struct {
	Name      string  `json:"name"`
	File      string  `json:"file"`      // as the spec names it
	SHA256    string  `json:"sha256"`    // of that file
	Direction string  `json:"direction"` // its name in DirectionsName
	Point     string  `json:"point"`     // full name of the hook point whose rows it scores
	Bias      float64 `json:"bias"`
	Model     string  `json:"model_sha256,omitempty"` // of the model that it was made with; absent where its file does not say
}

// Pooled are what the scores of a sample's response are pooled to, in the order of the
// columns.
var Pooled = []string{"mean", "max", "last"}

// probePrefix begins the names of all columns of probes.
const probePrefix = "probe."

// ProbeColumn names the column of a probe's scores in activations.
func ProbeColumn(name string) string { return probePrefix + name }

// ProbeRowColumns are the columns of probes in activations, in their order.
func ProbeRowColumns(probes []string) (out Columns[Row]) {
	for i, name := range probes {
		out = append(out, Column[Row]{
			Field: arrow.Field{Name: ProbeColumn(name), Type: arrow.PrimitiveTypes.Float32},
			In:    func(r *Row) any { return at(&r.Probes, i, len(probes)) }, Optional: true, Compare: Score,
		})
	}
	return out
}

// ProbeSampleColumns are the pooled columns of probes in samples, in their order.
func ProbeSampleColumns(probes []string) (out Columns[Sample]) {
	n := len(probes) * len(Pooled)
	for i, name := range probes {
		for k, how := range Pooled {
			out = append(out, Column[Sample]{
				Field: arrow.Field{Name: ProbeColumn(name) + "." + how, Type: arrow.PrimitiveTypes.Float32, Nullable: true},
				In:    func(s *Sample) any { return at(&s.Probes, i*len(Pooled)+k, n) }, Optional: true, Compare: Exact,
			})
		}
	}
	return out
}

// at points to a number of a list, which is made as long as it must be.
func at(list *[]float32, i, n int) *float32 {
	for len(*list) < n {
		*list = append(*list, float32(math.NaN()))
	}
	return &(*list)[i]
}

// ProbeNames gives the names of the run's probes.
func (m *Manifest) ProbeNames() (names []string) {
	for i := range m.Probes {
		names = append(names, m.Probes[i].Name)
	}
	return names
}

// RowColumnsWith are RowColumns and the columns of probes.
func RowColumnsWith(probes []string) Columns[Row] {
	return slices.Concat(RowColumns, ProbeRowColumns(probes))
}

// SampleColumnsWith are SampleColumns and the columns of probes.
func SampleColumnsWith(probes []string) Columns[Sample] {
	return slices.Concat(SampleColumns, ProbeSampleColumns(probes))
}

// RowColumnsOf are RowColumns and the columns of probes that a schema of activations has.
func RowColumnsOf(schema *arrow.Schema) Columns[Row] {
	return RowColumnsWith(probesIn(schema.Fields(), "", false))
}

// SampleColumnsOf are SampleColumns and the columns of probes that a schema of samples has.
func SampleColumnsOf(schema *arrow.Schema) Columns[Sample] {
	return SampleColumnsWith(probesIn(schema.Fields(), "."+Pooled[0], true))
}

// Probes gives the names of the probes that have a column of activations.
func (o *OptionalColumns) Probes() []string { return probesIn(FieldsOf(o.Activations), "", false) }

// probesIn gives the names of the probes that have a column with this ending.
func probesIn(fields []arrow.Field, ending string, nullable bool) (names []string) {
	for _, f := range fields {
		name, ok := strings.CutPrefix(f.Name, probePrefix)
		name, ends := strings.CutSuffix(name, ending)
		if ok && ends && name != "" && arrow.TypeEqual(f.Type, arrow.PrimitiveTypes.Float32) && f.Nullable == nullable {
			names = append(names, name)
		}
	}
	return names
}
