package storage

import (
	"fmt"

	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// BeginHeld opens the next sample, of which rows may be dropped again after they
// were filled: where it is known only later which of them are wanted. Its rows wait
// until then, in memory as far as Config.Rows go, and beyond in a file.
func (w *Writer) BeginHeld() *SampleWriter {
	s := w.Begin(-1)
	s.holds = true
	return s
}

// Hold says that the activations are there at the oldest place that is lent: the
// place is the writer's again, and the row waits for Add or Drop. An error of a
// sample that Begin opened.
func (s *SampleWriter) Hold() error {
	if err := s.check(); err != nil {
		return err
	}
	return s.w.fail(s.hold("holds"))
}

func (s *SampleWriter) hold(does string) error {
	if !s.holds {
		return fmt.Errorf("sample %d %s a row; it was not begun to", s.id, does)
	}
	if len(s.pending) == 0 {
		return fmt.Errorf("sample %d %s a row that it did not reserve", s.id, does)
	}
	s.queue.hold(s.pending[0].place)
	s.pending = s.pending[1:]
	return nil
}

// Drop throws the oldest row held away or, where none is held, that of the oldest
// place that is lent. An error of a sample that Begin opened.
func (s *SampleWriter) Drop() error {
	if err := s.check(); err != nil {
		return err
	}
	if err := s.oldest("drops"); err != nil {
		return s.w.fail(err)
	}
	return s.w.fail(s.queue.drop())
}

// keep keeps the oldest row.
func (s *SampleWriter) keep(row rundir.Row) error {
	if err := s.oldest("keeps"); err != nil {
		return s.w.fail(err)
	}
	s.added++
	s.queue.keep(row)
	if !s.w.cfg.NoRows {
		return s.w.settle()
	}
	place := s.w.spare()
	if _, err := s.queue.pop(place); err != nil {
		return s.w.fail(err)
	}
	s.count(place)
	return nil
}

// oldest makes sure that a row is held.
func (s *SampleWriter) oldest(does string) error {
	if len(s.queue.held) > 0 {
		return nil
	}
	return s.hold(does)
}

// spare is a place for one row that is written nowhere.
func (w *Writer) spare() rowmem.Place {
	if w.single == nil {
		w.single = rowmem.NewSlab(w.layout, 1)
	}
	return w.single.Place(0)
}
