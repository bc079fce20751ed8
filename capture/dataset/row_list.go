package dataset

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/models/chat"
)

// What a dataset may hold (docs/datasets.md), beside the limits of the files that it is
// read from.
const (
	maxRows      = 1_000_000
	maxPageBytes = 512 << 20 // of what a Parquet file's pages hold, while they are read
)

// rowList collects the rows of a dataset and refuses too many of them.
type rowList struct {
	rows  []Row
	bytes int
}

// addObject adds the row that an object of a file is.
func (l *rowList) addObject(object *chat.Object, place, column string) error {
	row, err := rowFromObject(object, place, column)
	if err != nil {
		return err
	}
	return l.add(row)
}

func (l *rowList) add(r *Row) error {
	l.bytes += len(r.ID) + len(r.Prompt) + len(r.Meta) + len(r.Tools) + len(r.Documents)
	for _, m := range r.Messages {
		l.bytes += len(m.Role) + len(m.Content) + len(m.Beside())
	}
	for _, key := range fields {
		if text := *r.field(key); text != nil {
			l.bytes += len(*text)
		}
	}
	for _, span := range r.Spans {
		l.bytes += len(span.Name) + len(span.Text) + len(span.Regex)
	}
	if len(l.rows) == maxRows || l.bytes > textfile.MaxBytes {
		return hint.Usage(fmt.Errorf("%s: the rows up to here are more than %d, or take more than %s", r.Place, maxRows, textfile.Size(textfile.MaxBytes)), "split the dataset, and run its parts")
	}
	l.rows = append(l.rows, *r)
	return nil
}
