package storage

import (
	"fmt"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// SampleWriter takes the rows of one sample: each is reserved, filled by the
// engine, and added, in order. Several may be reserved before the first of them
// is added. Its rows go straight to the buffer that is written where it is known
// at which row of the group the sample begins; otherwise they wait.
//
// Of a sample that BeginHeld opened, rows may be held once they are filled, and
// each is kept or dropped later, in order.
type SampleWriter struct {
	w       *Writer
	id      int64
	told    int64 // rows it will have; negative where that is not known before
	holds   bool  // rows may be dropped
	start   int64 // row of the group at which it begins; negative while not known
	pending []reservation
	queue   queue
	result  *rundir.Sample // set by End

	reserved int64 // rows that were given a place
	placed   int64 // of those added, at a place in the window
	added    int64

	reduced   rowmem.Reduction
	overflows []int64
	dropped   bool
}

// reservation is a place that is not yet added.
type reservation struct {
	place  rowmem.Place
	direct bool // in the window, not in the pool
}

// ID is the sample's id.
func (s *SampleWriter) ID() int64 { return s.id }

// Reserve lends the place of the sample's next row until the row is added. At
// most Config.Rows places may be out at a time, and beyond them one of each of
// 256 samples: memory grows otherwise. Waits while the buffer is being written
// that the row belongs to. It is an error to reserve more than Begin was told.
func (s *SampleWriter) Reserve() (rowmem.Place, error) {
	if err := s.check(); err != nil {
		return rowmem.Place{}, err
	}
	if s.told >= 0 && s.reserved == s.told {
		return rowmem.Place{}, s.w.fail(fmt.Errorf("sample %d was to have %d rows and asks for more", s.id, s.told))
	}
	r, err := s.place()
	if err != nil {
		return rowmem.Place{}, s.w.fail(err)
	}
	s.pending = append(s.pending, r)
	s.reserved++
	return r.place, nil
}

func (s *SampleWriter) place() (reservation, error) {
	if s.direct() && s.placed == s.reserved { // else a row that waits comes first
		p, ok, err := s.w.window.place(s.start + s.placed)
		if ok {
			s.placed++
		}
		if ok || err != nil {
			return reservation{p, true}, err
		}
	}
	p, err := s.w.wait()
	return reservation{p, false}, err
}

// direct says whether the next row can go to its place in the window.
func (s *SampleWriter) direct() bool { return s.start >= 0 && !s.holds && !s.w.cfg.NoRows }

// Add gives what the first place not yet added carries beside its activations, which have
// been written to it; the place is the writer's again. Of a sample that holds rows it
// keeps the oldest one held or, where none is, holds and keeps the next.
func (s *SampleWriter) Add(row rundir.Row) error {
	if err := s.check(); err != nil {
		return err
	}
	if s.holds {
		return s.keep(row)
	}
	if len(s.pending) == 0 {
		return s.w.fail(fmt.Errorf("sample %d adds a row that it did not reserve", s.id))
	}
	r, at := s.pending[0], s.start+s.added
	s.pending = s.pending[1:]
	s.added++
	if r.direct {
		s.count(r.place)
		return s.w.fail(s.w.window.fill(at, s.id, row))
	}
	if s.w.cfg.NoRows {
		s.count(r.place)
		s.w.pool.give(r.place)
		return nil
	}
	s.queue.hold(r.place)
	s.queue.keep(row)
	return s.w.settle()
}

// count takes a row that is kept into the sample's reductions and counts, in order.
func (s *SampleWriter) count(p rowmem.Place) {
	s.countInfinite(p)
	if len(s.w.reducer.Kinds) > 0 {
		s.w.reducer.Add(&s.reduced, p)
	}
}

// countInfinite counts the infinite values of a row's Float16 columns: a value of
// a model that works is finite, until it is rounded to where it does not fit.
func (s *SampleWriter) countInfinite(p rowmem.Place) {
	for c, column := range s.w.cfg.Columns {
		if column.DType != arrowfile.Float16 {
			continue
		}
		for _, bits := range s.w.Halves(c, p) {
			if bits&0x7fff == 0x7c00 {
				s.overflows[c]++
			}
		}
	}
}

// End closes the sample with its row of the samples table. It is an error if a
// place is reserved and not added, if a row is held and neither kept nor dropped,
// or if Begin was told another number of rows.
func (s *SampleWriter) End(sample rundir.Sample) error {
	if err := s.check(); err != nil {
		return err
	}
	if n := len(s.pending); n > 0 {
		return s.w.fail(fmt.Errorf("sample %d ended with %d places reserved and not added", s.id, n))
	}
	if n := len(s.queue.held); n > 0 {
		return s.w.fail(fmt.Errorf("sample %d ended with %d rows held, neither kept nor dropped", s.id, n))
	}
	if s.told >= 0 && s.added != s.told {
		return s.w.fail(fmt.Errorf("sample %d was to have %d rows and ended with %d", s.id, s.told, s.added))
	}
	s.result = &sample
	return s.w.settle()
}

// check gives the writer's error, or says that the sample is not open.
func (s *SampleWriter) check() error {
	if err := s.w.check(); err != nil {
		return err
	}
	if s.result != nil || s.dropped {
		return s.w.fail(fmt.Errorf("sample %d is used after its end", s.id))
	}
	return nil
}

// length is how many rows the sample has in the file in the end, negative while
// unknown.
func (s *SampleWriter) length() int64 {
	if s.w.cfg.NoRows {
		return 0
	}
	if s.result != nil {
		return s.added
	}
	return s.told
}

// drain moves rows that wait to their places, as far as the window goes.
func (s *SampleWriter) drain() error {
	for !s.queue.empty() {
		at := s.start + s.placed
		to, ok, err := s.w.window.place(at)
		if !ok {
			return err
		}
		row, err := s.queue.pop(to)
		if err != nil {
			return err
		}
		s.count(to)
		s.placed++
		if err := s.w.window.fill(at, s.id, row); err != nil {
			return err
		}
	}
	return nil
}
