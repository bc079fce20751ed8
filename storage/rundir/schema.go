package rundir

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

// Dictionaries are the dictionaries by their columns.
var Dictionaries = map[string][]string{"phase": Phases, "role": Roles}

// PhaseType and roleType are the types of the columns phase and role.
var (
	PhaseType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	roleType  = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
)

// ActivationSchema is that of activations: what every file has, the optional columns,
// and those of the hook points.
func ActivationSchema(columns []arrowfile.Column, optional ...arrow.Field) *arrow.Schema {
	fields := slices.Concat(RequiredRowFields, optional)
	for _, c := range columns {
		fields = append(fields, arrowfile.TensorField(c))
	}
	return SchemaOf(FormatVersion, "activations", fields)
}

// SampleSchema is that of samples: what every file has, and the optional columns.
func SampleSchema(optional ...arrow.Field) *arrow.Schema {
	return SchemaOf(FormatVersion, "samples", slices.Concat(RequiredSampleFields, optional))
}

// SchemaOf marks a file as ours, so that a file found alone says what it is.
func SchemaOf(format int, table string, fields []arrow.Field) *arrow.Schema {
	meta := arrow.NewMetadata([]string{"capture.format", "capture.table"}, []string{fmt.Sprint(format), table})
	return arrow.NewSchema(fields, &meta)
}

// Codes of the dictionaries.
const (
	PhasePrompt   = 0
	PhaseResponse = 1
	PhaseFollowup = 2

	RoleSystem = 0
	RoleUser   = 1
)
