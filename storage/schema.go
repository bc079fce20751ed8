package storage

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// Phases and Roles are the dictionaries of the columns of that name, in the
// order of their codes. They are the same in every file.
var (
	Phases = []string{"prompt", "response", "followup"}
	Roles  = []string{"system", "user", "assistant", "template", "tool", "developer"}
)

// dictionaryNames are the dictionaries by their columns.
var dictionaryNames = map[string][]string{"phase": Phases, "role": Roles}

var (
	phaseType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	roleType  = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
)

// activationSchema is that of activations: what every file has, the optional columns,
// and those of the hook points.
func activationSchema(columns []arrowfile.Column, optional ...arrow.Field) *arrow.Schema {
	fields := slices.Concat(plainFields, optional)
	for _, c := range columns {
		fields = append(fields, arrowfile.TensorField(c))
	}
	return schemaOf(FormatVersion, "activations", fields)
}

// sampleSchema is that of samples: what every file has, and the optional columns.
func sampleSchema(optional ...arrow.Field) *arrow.Schema {
	return schemaOf(FormatVersion, "samples", slices.Concat(sampleFields, optional))
}

// schemaOf marks a file as ours, so that a file found alone says what it is.
func schemaOf(format int, table string, fields []arrow.Field) *arrow.Schema {
	meta := arrow.NewMetadata([]string{"capture.format", "capture.table"}, []string{fmt.Sprint(format), table})
	return arrow.NewSchema(fields, &meta)
}

// Codes of the dictionaries.
const (
	phasePrompt   = 0
	phaseResponse = 1
	phaseFollowup = 2

	roleSystem = 0
	roleUser   = 1
)
