package rundir

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/stretchr/testify/assert"

	"intentprobe/storage/arrowfile"
)

func TestSchemaIsThePromise(t *testing.T) {
	columns := []arrowfile.Column{ // of every element type
		{Name: "blocks.0.hook_resid_post", Shape: []int{8}, DType: arrowfile.Float32},
		{Name: "blocks.0.hook_mlp_out", Shape: []int{3}, DType: arrowfile.Float16},
		{Name: "blocks.0.attn.hook_z", Shape: []int{2, 4}, DType: arrowfile.Float32},
		{Name: "unembed.top_ids", Shape: []int{2}, DType: arrowfile.Int32},
	}
	schema := ActivationSchema(columns)
	for i, want := range []struct{ shape, element string }{
		{`{"shape":[8]}`, "float32"}, {`{"shape":[3]}`, "float16"}, {`{"shape":[2,4]}`, "float32"}, {`{"shape":[2]}`, "int32"},
	} {
		f := schema.Field(len(RequiredRowFields) + i)
		assert.Equal(t, columns[i].Name, f.Name)
		name, _ := f.Metadata.GetValue("ARROW:extension:name")
		assert.Equal(t, "arrow.fixed_shape_tensor", name)
		shape, _ := f.Metadata.GetValue("ARROW:extension:metadata")
		assert.Equal(t, want.shape, shape)
		list := f.Type.(*arrow.FixedSizeListType)
		assert.EqualValues(t, columns[i].Elements(), list.Len())
		assert.Equal(t, map[string]arrow.Type{"float32": arrow.FLOAT32, "float16": arrow.FLOAT16, "int32": arrow.INT32}[want.element], list.Elem().ID())
	}
}
