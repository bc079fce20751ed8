package rundir

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// OptionalColumn is a column that the files of a run have because its manifest lists
// it. A reader passes over one that it does not know.
type OptionalColumn struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // as `capture inspect` shows it
	Nullable bool   `json:"nullable,omitempty"`
}

// OptionalColumns are those of each table, in their order: in samples after the columns
// that every file has, in activations between these and the hook points'.
type OptionalColumns struct {
	Activations []OptionalColumn `json:"activations,omitempty"`
	Samples     []OptionalColumn `json:"samples,omitempty"`
}

// OptionalOf lists columns as a manifest does.
func OptionalOf(fields []arrow.Field) (out []OptionalColumn) {
	for _, f := range fields {
		out = append(out, OptionalColumn{f.Name, arrowfile.TypeName(f), f.Nullable})
	}
	return out
}

// optionalTypes are the types of optional columns beside tensors, by their names.
var optionalTypes = func() map[string]arrow.DataType {
	out := map[string]arrow.DataType{}
	for _, t := range []arrow.DataType{
		arrow.FixedWidthTypes.Boolean, arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64,
		arrow.BinaryTypes.String, arrowfile.ListOf(arrow.BinaryTypes.String), arrowfile.ListOf(arrow.PrimitiveTypes.Float64),
	} {
		out[arrowfile.TypeName(arrow.Field{Type: t})] = t
	}
	return out
}()

// Field gives the column as a schema has it.
func (c OptionalColumn) Field() (arrow.Field, error) {
	f := arrow.Field{Name: c.Name, Type: optionalTypes[c.Type], Nullable: c.Nullable}
	if f.Type != nil {
		return f, nil
	}
	text, _ := strings.CutPrefix(c.Type, "fixed_shape_tensor<")
	dtype, shape, _ := strings.Cut(text, ">")
	of := arrowfile.Column{Name: c.Name, DType: arrowfile.DType(dtype)}
	if json.Unmarshal([]byte(shape), &of.Shape) == nil && of.Check() == nil && countable(of.Shape) {
		f = arrowfile.TensorField(of)
	}
	if f.Nullable = c.Nullable; f.Type == nil || arrowfile.TypeName(f) != c.Type {
		return f, fmt.Errorf("column %q has the type %q, which no optional column has", c.Name, c.Type)
	}
	return f, nil
}

// countable says whether a tensor of a shape has a size that Arrow can write.
func countable(shape []int) bool {
	size := 1
	for _, d := range shape {
		if d < 1 || size > (1<<31-1)/d {
			return false
		}
		size *= d
	}
	return len(shape) > 0
}

// FieldsOf gives columns of a manifest as a schema has them; those are left out that
// cannot be.
func FieldsOf(columns []OptionalColumn) (out []arrow.Field) {
	for _, c := range columns {
		if f, err := c.Field(); err == nil {
			out = append(out, f)
		}
	}
	return out
}

// Pooled are what the scores of a sample's response are pooled to, in the order of the
// columns.
var Pooled = []string{"mean", "max", "last"}

// probePrefix begins the names of all columns of probes.
const probePrefix = "probe."

// ProbeColumn names the column of a probe's scores in activations.
func ProbeColumn(name string) string { return probePrefix + name }

// at points to a number of a list, which is made as long as it must be.
func at(list *[]float32, i, n int) *float32 {
	for len(*list) < n {
		*list = append(*list, float32(math.NaN()))
	}
	return &(*list)[i]
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
