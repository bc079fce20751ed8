package arrowfile

import (
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// AppendValue writes the value that p points to.
func AppendValue(b array.Builder, p any) {
	switch v := p.(type) {
	case *string:
		b.(*array.StringBuilder).Append(*v)
	case *bool:
		b.(*array.BooleanBuilder).Append(*v)
	case *int8: // a code of a dictionary
		b.(*array.Int8Builder).Append(*v)
	case *int32:
		b.(*array.Int32Builder).Append(*v)
	case *int64:
		b.(*array.Int64Builder).Append(*v)
	case *float32:
		if math.IsNaN(float64(*v)) {
			b.AppendNull()
		} else {
			b.(*array.Float32Builder).Append(*v)
		}
	case *float64:
		b.(*array.Float64Builder).Append(*v)
	case *arrow.Timestamp:
		b.(*array.TimestampBuilder).Append(*v)
	case **string:
		appendPointer(b, *v)
	case **int32:
		appendPointer(b, *v)
	case **int64:
		appendPointer(b, *v)
	case **float64:
		appendPointer(b, *v)
	case *[]string:
		appendList(b, *v)
	case *[]float64:
		appendList(b, *v)
	}
}

func appendPointer[T any](b array.Builder, v *T) {
	if v == nil {
		b.AppendNull()
	} else {
		AppendValue(b, v)
	}
}

func appendList[T any](b array.Builder, values []T) {
	list := b.(*array.ListBuilder)
	list.Append(true)
	for i := range values {
		AppendValue(list.ValueBuilder(), &values[i])
	}
}

// SetText takes a text, or an item of a list, into what p points to.
func SetText(p any, text []byte) {
	switch v := p.(type) {
	case *string:
		*v = string(text)
	case **string:
		s := string(text)
		*v = &s
	case *[]string:
		*v = append(*v, string(text))
	case *[]float64:
		*v = append(*v, FloatOf(text))
	}
}

// SetValue takes value i of a column of fixed width into what p points to.
func SetValue(p any, c Values, i int) {
	switch v := p.(type) {
	case *bool:
		*v = c.Bool(i)
	case *int8:
		*v = c.Int8(i)
	case *int32:
		*v = c.Int32(i)
	case *int64:
		*v = c.Int64(i)
	case *float32:
		*v = c.FloatOrNaN(i)
	case **int32:
		*v = nil
		if !c.Null(i) {
			x := c.Int32(i)
			*v = &x
		}
	case **int64:
		*v = c.int64OrNil(i)
	case **float64:
		*v = c.FloatOrNil(i)
	}
}
