package labels

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// labelsKey is the metadata key of a label table's header.
const labelsKey = "capture.labels"

// Columns of a label table, by their place in its schema.
const (
	labSampleID = iota
	labValue
	labConfidence
	labSource
	labName
	labVersion
	labTime
	labPrompt
	labAnswer
	labNote
	labelColumns
)

var labelFields = []arrow.Field{
	{Name: "sample_id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "value", Type: arrow.BinaryTypes.String},
	{Name: "confidence", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "source", Type: arrow.BinaryTypes.String},
	{Name: "name", Type: arrow.BinaryTypes.String},
	{Name: "version", Type: arrow.PrimitiveTypes.Int32},
	{Name: "time", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}},
	{Name: "prompt", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "answer", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "note", Type: arrow.BinaryTypes.String, Nullable: true},
}

// labelSchema is the schema of a label table beside a run of a format, with its header
// in the metadata; it fills in the header's checksum.
func labelSchema(format int, h *Header, labels []Label) *arrow.Schema {
	h.SHA256 = rundir.NoSum
	text := rundir.PlainJSON(h)
	h.SHA256 = labelSum(text, labels)
	text = rundir.WithSum(text, rundir.NoSum, h.SHA256)
	meta := arrow.NewMetadata(
		[]string{"capture.format", "capture.table", labelsKey}, []string{fmt.Sprint(format), "labels", string(text)})
	return arrow.NewSchema(labelFields, &meta)
}

// labelSum gives the checksum of a header's text, with zeros in its place, and labels.
func labelSum(header []byte, labels []Label) string {
	sum := sha256.New()
	sum.Write(header)
	enc := json.NewEncoder(sum)
	for _, l := range labels {
		enc.Encode(l) // plain data: cannot fail
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// labelRecord makes a record batch of labels.
func labelRecord(schema *arrow.Schema, h Header, labels []Label) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	at := arrow.Timestamp(h.Time.UnixMicro())
	for _, l := range labels {
		for i, v := range []any{
			&l.SampleID, &l.Value, &l.Confidence, &h.Source, &h.Name, &h.Version, &at, &l.Prompt, &l.Answer, &l.Note,
		} {
			arrowfile.AppendValue(b.Field(i), v)
		}
	}
	return b.NewRecord()
}
