package storage

import (
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/x448/float16"
)

// take appends the rows of a record and the named columns of activations.
func (a *Activations) take(rec arrow.Record, columns []string) error {
	rows, err := rowsOf(rec)
	if err != nil {
		return err
	}
	a.Rows = append(a.Rows, rows...)
	arrays, err := columnsOf(rec, columns...)
	if err != nil {
		return err
	}
	for i, column := range arrays {
		field, _ := rec.Schema().FieldsByName(columns[i])
		shape, ok := shapeOf(field[0])
		if !ok {
			return fmt.Errorf("storage: column %q holds %s, not tensors", columns[i], column.DataType())
		}
		a.Shapes[i] = shape
		a.Values[i] = appendTensors(a.Values[i], column.(*array.FixedSizeList))
	}
	return nil
}

func appendTensors(out []float32, list *array.FixedSizeList) []float32 {
	if list.Len() == 0 {
		return out
	}
	from, _ := list.ValueOffsets(0)
	_, to := list.ValueOffsets(list.Len() - 1)
	switch values := list.ListValues().(type) {
	case *array.Float32:
		out = append(out, values.Float32Values()[from:to]...)
	case *array.Float16:
		for _, h := range values.Values()[from:to] {
			out = append(out, float16.Frombits(h.Uint16()).Float32())
		}
	case *array.Int32:
		for _, n := range values.Int32Values()[from:to] {
			out = append(out, float32(n))
		}
	}
	return out
}

// rowsOf reads what rows carry beside their activations.
func rowsOf(rec arrow.Record) ([]Row, error) {
	c, err := columnsOf(rec, "position", "token_id", "token", "phase", "role", "generated", "logprob", "entropy", "spans")
	if err != nil {
		return nil, err
	}
	out := make([]Row, rec.NumRows())
	for i := range out {
		out[i] = Row{
			Position:  c[0].(*array.Int32).Value(i),
			TokenID:   c[1].(*array.Int32).Value(i),
			Token:     c[2].(*array.String).Value(i),
			Phase:     int8(c[3].(*array.Dictionary).GetValueIndex(i)),
			Role:      int8(c[4].(*array.Dictionary).GetValueIndex(i)),
			Generated: c[5].(*array.Boolean).Value(i),
			Logprob:   floatOrNaN(c[6].(*array.Float32), i),
			Entropy:   floatOrNaN(c[7].(*array.Float32), i),
			Spans:     texts(c[8].(*array.List), i),
		}
	}
	return out, nil
}

// texts reads one list of a column of lists; nil where it is empty.
func texts(a *array.List, i int) (out []string) {
	from, to := a.ValueOffsets(i)
	for j := from; j < to; j++ {
		out = append(out, a.ListValues().(*array.String).Value(int(j)))
	}
	return out
}

func floatOrNaN(a *array.Float32, i int) float32 {
	if a.IsNull(i) {
		return float32(math.NaN())
	}
	return a.Value(i)
}

func columnsOf(rec arrow.Record, names ...string) ([]arrow.Array, error) {
	out := make([]arrow.Array, len(names))
	for i, name := range names {
		at := rec.Schema().FieldIndices(name)
		if len(at) != 1 {
			return nil, fmt.Errorf("storage: no column %q", name)
		}
		out[i] = rec.Column(at[0])
	}
	return out, nil
}

func samplesOf(rec arrow.Record) ([]Sample, error) {
	names := make([]string, 0, 19)
	for _, f := range sampleSchema().Fields() {
		names = append(names, f.Name)
	}
	c, err := columnsOf(rec, names...)
	if err != nil {
		return nil, err
	}
	out := make([]Sample, rec.NumRows())
	for i := range out {
		out[i] = Sample{
			SampleID: c[0].(*array.Int64).Value(i), PromptID: textAt(c[1], i), Sample: c[2].(*array.Int32).Value(i),
			Label: pointer(c[3], i, textAt), Group: pointer(c[4], i, textAt), Split: pointer(c[5], i, textAt), Pair: pointer(c[6], i, textAt),
			ParentSampleID: pointer(c[7], i, int64At),
			Prompt:         textAt(c[8], i), Response: textAt(c[9], i), FinishReason: textAt(c[10], i),
			PromptTokens: c[11].(*array.Int32).Value(i), ResponseTokens: c[12].(*array.Int32).Value(i),
			Seed: pointer(c[13], i, int64At), Logprob: pointer(c[14], i, float64At),
			File: textAt(c[15], i), FirstRow: int64At(c[16], i), Rows: int64At(c[17], i), Meta: textAt(c[18], i),
		}
	}
	return out, nil
}

func textAt(a arrow.Array, i int) string     { return a.(*array.String).Value(i) }
func int64At(a arrow.Array, i int) int64     { return a.(*array.Int64).Value(i) }
func float64At(a arrow.Array, i int) float64 { return a.(*array.Float64).Value(i) }

func pointer[T any](a arrow.Array, i int, at func(arrow.Array, int) T) *T {
	if a.IsNull(i) {
		return nil
	}
	v := at(a, i)
	return &v
}
