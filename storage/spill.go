package storage

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// spill is a file of rows that wait, read back from the front while it grows at
// its end. It lives as long as it holds rows and is never synced: nobody reads
// it but this process.
type spill struct {
	fs   FS
	path string
	file File
	from Source
	in   *bufio.Reader // of from; both nil until something is read
	rows int           // written and not yet read
}

// spillName is part of the names that CheckDir knows.
func spillName(sample int64) string { return fmt.Sprintf("spill-%d%s", sample, partSuffix) }

func createSpill(fs FS, path string) (*spill, error) {
	f, err := fs.Create(path)
	if err != nil {
		return nil, err
	}
	return &spill{fs: fs, path: path, file: f}, nil
}

// spilled is what a row carries beside its activations, as a line of JSON. That
// knows no NaN: floats go as their bits.
type spilled struct {
	Row
	Logprob, Entropy uint32
}

// write appends rows: of each a line, then the activations column by column.
func (s *spill) write(l *layout, rows []waiting) error {
	out := bufio.NewWriterSize(s.file, 1<<17)
	for _, w := range rows {
		line, err := json.Marshal(spilled{w.row, math.Float32bits(w.row.Logprob), math.Float32bits(w.row.Entropy)})
		if err != nil {
			return err
		}
		out.Write(append(line, '\n')) // a bufio.Writer keeps its error for Flush
		for c := range l.columns {
			out.Write(l.bytes(w.place, c))
		}
	}
	s.rows += len(rows)
	return out.Flush()
}

// read reads the oldest row: its activations to a place, and the rest.
func (s *spill) read(l *layout, to Place) (Row, error) {
	if s.in == nil {
		from, err := s.fs.Open(s.path)
		if err != nil {
			return Row{}, err
		}
		s.from, s.in = from, bufio.NewReaderSize(from, 1<<17)
	}
	var row spilled
	line, err := s.in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &row)
	}
	for c := 0; c < len(l.columns) && err == nil; c++ {
		_, err = io.ReadFull(s.in, l.bytes(to, c))
	}
	if err != nil {
		return Row{}, fmt.Errorf("%s: %w", s.path, err)
	}
	s.rows--
	row.Row.Logprob, row.Row.Entropy = math.Float32frombits(row.Logprob), math.Float32frombits(row.Entropy)
	return row.Row, nil
}

// remove closes and removes the file.
func (s *spill) remove() error {
	s.file.Close() // nothing of it is wanted any more
	if s.from != nil {
		s.from.Close()
	}
	return s.fs.Remove(s.path)
}
