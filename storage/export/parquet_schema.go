package export

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/flight"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// shapeKey is the metadata of a field of plain lists that keeps their shape.
const shapeKey = "capture.shape"

// plainTensor is a field of tensors as lists of fixed size, which also readers take
// that know no Arrow tensors; their shape is kept in the metadata.
func plainTensor(f arrow.Field) arrow.Field {
	if shape, ok := arrowfile.ShapeOf(f); ok {
		f.Metadata = arrow.NewMetadata([]string{shapeKey}, []string{string(rundir.PlainJSON(shape))})
	}
	return f
}

// parquetSchema is the schema of the chosen columns as Parquet has it, which
// knows lists but none of fixed size. The schema as Arrow's readers are to have it,
// with lists of fixed size (or tensors) and dictionaries, lies in the metadata, where
// they look for it.
func (e *export) parquetSchema(t *exportTable) (*arrow.Schema, error) {
	manifest, err := e.manifestText()
	if err != nil {
		return nil, err
	}
	var fields, lists []arrow.Field
	for _, c := range t.chosen {
		f := t.schema.Field(c)
		if e.cfg.Tensors {
			fields = append(fields, f)
		} else {
			fields = append(fields, plainTensor(f))
		}
		if kind, ok := f.Type.(*arrow.FixedSizeListType); ok {
			f.Type = listType(kind)
		}
		lists = append(lists, f)
	}
	meta := t.schema.Metadata()
	keys, values := append(meta.Keys(), "capture.manifest"), append(meta.Values(), manifest)
	if partial := e.partial(); partial != "" {
		keys, values = append(keys, "capture.partial"), append(values, partial)
	}
	if where := e.where(); where != "" {
		keys, values = append(keys, "capture.where"), append(values, where)
	}
	meta = arrow.NewMetadata(keys, values)
	own := flight.SerializeSchema(arrow.NewSchema(fields, &meta), memory.DefaultAllocator)
	meta = arrow.NewMetadata(
		append(meta.Keys(), "ARROW:schema"), append(meta.Values(), base64.StdEncoding.EncodeToString(own)))
	return arrow.NewSchema(lists, &meta), nil
}

func listType(t *arrow.FixedSizeListType) *arrow.ListType { return arrow.ListOfField(t.ElemField()) }

// listed views tensors as lists. Arrow's Parquet library takes lists of fixed
// size and writes nulls in place of their values.
func listed(a arrow.Array) arrow.Array {
	tensors, ok := a.(*array.FixedSizeList)
	if !ok {
		return a
	}
	kind := tensors.DataType().(*arrow.FixedSizeListType)
	from, _ := tensors.ValueOffsets(0)
	values := array.NewSlice(tensors.ListValues(), from, from+int64(a.Len())*int64(kind.Len()))
	var offsets []byte
	for i := range a.Len() + 1 {
		offsets = binary.LittleEndian.AppendUint32(offsets, uint32(i)*uint32(kind.Len()))
	}
	valid := (*memory.Buffer)(nil)
	if a.NullN() > 0 {
		bits := make([]byte, (a.Len()+7)/8)
		for i := range a.Len() {
			if a.IsValid(i) {
				bits[i/8] |= 1 << (i % 8)
			}
		}
		valid = memory.NewBufferBytes(bits)
	}
	buffers := []*memory.Buffer{valid, memory.NewBufferBytes(offsets)}
	return array.NewListData(array.NewData(listType(kind), a.Len(), buffers, []arrow.ArrayData{values.Data()}, a.NullN(), 0))
}

// parquetProperties leaves activations as they are, which hardly shrink, and
// packs what lies beside them.
func parquetProperties(schema *arrow.Schema) *parquet.WriterProperties {
	options := []parquet.WriterProperty{
		parquet.WithVersion(parquet.V2_LATEST), parquet.WithCreatedBy("capture"),
		parquet.WithCompression(compress.Codecs.Uncompressed), parquet.WithDictionaryDefault(false), parquet.WithStats(false),
	}
	for _, f := range schema.Fields() {
		if _, ok := f.Metadata.GetValue(arrowfile.ExtensionName); !ok {
			options = append(options, parquet.WithCompressionFor(f.Name, compress.Codecs.Zstd))
			options = append(options, parquet.WithDictionaryFor(f.Name, f.Type.ID() == arrow.DICTIONARY))
		}
	}
	return parquet.NewWriterProperties(options...)
}
