package storage

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
)

// since2 are the columns that files of format 1 have not.
var since2 = map[string]bool{
	"turn": true, "reasoning": true,
	"question": true, "condition": true, "style": true, "stage": true, "followup": true, "first_position": true,
	"alternatives": true, "alternative_logprobs": true, "reduced_tokens": true,
}

// lacksColumn says whether files of a format have no column of a name that those of
// FormatVersion have.
func lacksColumn(format int, name string) bool { return format == 1 && since2[name] }

// inFormat gives a schema as files of an earlier format have it.
func inFormat(format int, s *arrow.Schema) *arrow.Schema {
	fields := slices.DeleteFunc(s.Fields(), func(f arrow.Field) bool { return lacksColumn(format, f.Name) })
	table, _ := s.Metadata().GetValue("capture.table")
	return schemaOf(format, table, fields)
}

// format is the version of the format that the file says it has; this program's
// where it says none.
func (t *Table) format() int {
	text, _ := t.schema.Metadata().GetValue("capture.format")
	if text == "1" {
		return 1
	}
	return FormatVersion
}

// resumable says whether this program can add to a run: it writes its own format.
func (m *Manifest) resumable() error {
	if m.FormatVersion != FormatVersion {
		return fmt.Errorf("storage: the run is of format %d, to which this version adds nothing: finish it with the version that began it, or run again", m.FormatVersion)
	}
	return nil
}
