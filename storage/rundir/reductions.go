package rundir

import (
	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// Reductions are what can be written of each sample's rows instead of them, or
// beside them: per element the mean, the value of the last row, and the largest.
var Reductions = []string{"mean", "last", "max"}

// Reducible says whether a mean of a column's rows means anything: the places of
// the largest logits hold other tokens in each row.
func Reducible(c arrowfile.Column) bool { return c.DType != arrowfile.Int32 && c.Name != LogitsColumn }

// ReducedTokens counts the rows that a sample's reductions are of.
var ReducedTokens = arrow.Field{Name: "reduced_tokens", Type: arrow.PrimitiveTypes.Int32}

// ReducedFields are the columns that reductions add to the samples table.
func ReducedFields(columns []arrowfile.Column, reduce []string) (out []arrow.Field) {
	if len(reduce) == 0 {
		return nil
	}
	out = append(out, ReducedTokens)
	for _, c := range columns {
		if !Reducible(c) {
			continue
		}
		for _, kind := range reduce {
			f := arrowfile.TensorField(arrowfile.Column{Name: c.Name + "." + kind, Shape: c.Shape, DType: arrowfile.Float32})
			f.Nullable = true
			out = append(out, f)
		}
	}
	return out
}

// LogitsColumn holds the largest logits, in float32 whatever the run's dtype.
const LogitsColumn = "unembed.hook_out"
