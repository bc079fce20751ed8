package storage

import (
	"math"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// appendValue writes the value that p points to.
func appendValue(b array.Builder, p any) {
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
		appendValue(b, v)
	}
}

func appendList[T any](b array.Builder, values []T) {
	list := b.(*array.ListBuilder)
	list.Append(true)
	for i := range values {
		appendValue(list.ValueBuilder(), &values[i])
	}
}

// addText takes a text, or an item of a list, into what p points to.
func addText(p any, text []byte) {
	switch v := p.(type) {
	case *string:
		*v = string(text)
	case **string:
		s := string(text)
		*v = &s
	case *[]string:
		*v = append(*v, string(text))
	case *[]float64:
		*v = append(*v, floatOf(text))
	}
}

// setValue takes value i of a column of fixed width into what p points to.
func setValue(p any, c cells, i int) {
	switch v := p.(type) {
	case *bool:
		*v = c.bool(i)
	case *int8:
		*v = c.int8(i)
	case *int32:
		*v = c.int32(i)
	case *int64:
		*v = c.int64(i)
	case *float32:
		*v = c.floatOrNaN(i)
	case **int32:
		*v = nil
		if !c.null(i) {
			x := c.int32(i)
			*v = &x
		}
	case **int64:
		*v = c.int64OrNil(i)
	case **float64:
		*v = c.floatOrNil(i)
	}
}
