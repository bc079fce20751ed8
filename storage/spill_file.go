package storage

import (
	"bufio"
	"fmt"
	"io"

	"intentprobe/storage/disk"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// spill is a file of the activations of rows that wait, read back from the front while it grows at
// its end. It lives as long as it holds rows and is never synced: nobody reads
// it but this process.
type spill struct {
	fs   disk.FS
	path string
	file disk.File
	from disk.Source
	in   *bufio.Reader // of from; both nil until something is read
	rows int           // written and not yet read
}

// spillName is part of the names that CheckDir knows.
func spillName(sample int64) string { return fmt.Sprintf("spill-%d%s", sample, disk.PartSuffix) }

func createSpill(fs disk.FS, path string) (*spill, error) {
	f, err := fs.Create(path)
	if err != nil {
		return nil, err
	}
	return &spill{fs: fs, path: path, file: f}, nil
}

// write appends the activations of rows, column by column.
func (s *spill) write(l *rowmem.Layout, rows []*waiting) error {
	out := bufio.NewWriterSize(s.file, 1<<17)
	for _, w := range rows {
		for c := range l.Columns {
			out.Write(l.Bytes(w.place, c)) // a bufio.Writer keeps its error for Flush
		}
	}
	s.rows += len(rows)
	return out.Flush()
}

// read reads the activations of the oldest row to a place; to nil, it passes over
// them.
func (s *spill) read(l *rowmem.Layout, to *rowmem.Place) error {
	if s.in == nil {
		from, err := s.fs.Open(s.path)
		if err != nil {
			return err
		}
		s.from, s.in = from, bufio.NewReaderSize(from, 1<<17)
	}
	var err error
	if to == nil {
		_, err = s.in.Discard(l.RowBytes())
	}
	for c := 0; to != nil && c < len(l.Columns) && err == nil; c++ {
		_, err = io.ReadFull(s.in, l.Bytes(*to, c))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	s.rows--
	return nil
}

// remove closes and removes the file.
func (s *spill) remove() error {
	s.file.Close() // nothing of it is wanted any more
	if s.from != nil {
		s.from.Close()
	}
	return s.fs.Remove(s.path)
}

// waiting is a row that waits.
type waiting struct {
	row     rundir.Row // once it is kept
	place   rowmem.Place
	spilled bool // instead of in its place
	dropped bool // in the file, and to be passed over there
}
