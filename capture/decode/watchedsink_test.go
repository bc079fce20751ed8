package decode

import (
	"errors"
	"testing"

	"intentprobe/models"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// watchedSink holds a Runner to the contract of Sink, and fails at a call.
type watchedSink struct {
	Sink
	t       testing.TB
	at      int      // the call that fails, counted from 1; 0 for none
	calls   []string // that were made
	sticky  bool     // an error is given again by all later calls
	failed  bool
	layout  *rowmem.Layout
	next    int64
	inGroup bool
	over    bool // nothing may be called any more
	open    map[int64]*watchedSample
}

// call notes a call, and says whether it fails.
func (s *watchedSink) call(name string) error {
	s.calls = append(s.calls, name)
	if s.over || s.failed && name != "Abandon" {
		s.t.Errorf("%s after the end: %v", name, s.calls[max(0, len(s.calls)-6):])
	}
	if len(s.calls) == s.at || s.failed && s.sticky {
		s.failed = true
		return errSink
	}
	return nil
}

func (s *watchedSink) Start(columns []arrowfile.Column) error {
	if len(s.calls) > 0 {
		s.t.Errorf("Start after %v", s.calls)
	}
	s.layout = rowmem.NewLayout(columns)
	return errors.Join(s.Sink.Start(columns), s.call("Start"))
}

func (s *watchedSink) StartGroup(number int, first int64) error {
	if s.inGroup || s.layout == nil {
		s.t.Errorf("StartGroup in a group or before Start")
	}
	s.inGroup, s.next, s.open = true, first, map[int64]*watchedSample{}
	if err := s.call("StartGroup"); err != nil {
		s.over = true
		return err
	}
	return s.Sink.StartGroup(number, first)
}

func (s *watchedSink) begin(inner SampleSink, holds bool, rows int) SampleSink {
	if !s.inGroup || inner.ID() != s.next {
		s.t.Errorf("sample %d begins, %d was due", inner.ID(), s.next)
	}
	s.next++
	sample := &watchedSample{SampleSink: inner, sink: s, holds: holds, told: rows}
	s.open[inner.ID()] = sample
	return sample
}

func (s *watchedSink) Begin(rows int) SampleSink { return s.begin(s.Sink.Begin(rows), false, rows) }
func (s *watchedSink) BeginHeld() SampleSink     { return s.begin(s.Sink.BeginHeld(), true, -1) }

func (s *watchedSink) Commit() error {
	if len(s.open) > 0 {
		s.t.Errorf("Commit with %d samples that have not ended", len(s.open))
	}
	s.inGroup = false
	if err := s.call("Commit"); err != nil {
		s.over = true
		return err
	}
	return s.Sink.Commit()
}

func (s *watchedSink) Abandon() error {
	if !s.inGroup {
		s.t.Errorf("Abandon outside a group")
	}
	err := s.call("Abandon")
	s.over = true
	if err != nil {
		return err
	}
	return s.Sink.Abandon()
}

func (s *watchedSink) Discard(cause error) error {
	err := s.call("Discard")
	s.over = true
	return errors.Join(s.Sink.Discard(cause), err)
}

// watchedSample is a sample of it. What is given back is spoilt: nobody may read it.
type watchedSample struct {
	SampleSink
	sink        *watchedSink
	holds       bool
	told, added int
	lent, held  []models.Target
}

func (s *watchedSample) Reserve() (models.Target, error) {
	if err := s.sink.call("Reserve"); err != nil {
		return models.Target{}, err
	}
	at, err := s.SampleSink.Reserve()
	s.lent = append(s.lent, at)
	return at, err
}

func (s *watchedSample) Hold() error {
	if !s.holds || len(s.lent) == 0 {
		s.sink.t.Errorf("sample %d holds a row that is not lent, or was not begun to", s.ID())
		return errSink
	}
	s.held, s.lent = append(s.held, s.lent[0]), s.lent[1:]
	if err := s.sink.call("Hold"); err != nil {
		return err
	}
	return s.SampleSink.Hold()
}

// oldest takes the row that Add and Drop are about.
func (s *watchedSample) oldest() models.Target {
	from := &s.held
	if len(s.held) == 0 {
		from = &s.lent
	}
	if len(*from) == 0 {
		s.sink.t.Errorf("sample %d has no row", s.ID())
		return models.Target{}
	}
	at := (*from)[0]
	*from = (*from)[1:]
	return at
}

func (s *watchedSample) spoil(at models.Target) {
	if _, memory := s.sink.Sink.(*MemorySink); !memory {
		return // the writer of run directories writes it later
	}
	for c := range s.sink.layout.Columns {
		for i := range s.sink.layout.Bytes(rowmem.Place(at), c) {
			s.sink.layout.Bytes(rowmem.Place(at), c)[i] = 0xFF
		}
	}
}

func (s *watchedSample) Add(row rundir.Row) error {
	at := s.oldest()
	s.added++
	if err := s.sink.call("Add"); err != nil {
		return err
	}
	err := s.SampleSink.Add(row)
	s.spoil(at)
	return err
}

func (s *watchedSample) Drop() error {
	if !s.holds {
		s.sink.t.Errorf("sample %d drops a row and was not begun to", s.ID())
	}
	at := s.oldest()
	if err := s.sink.call("Drop"); err != nil {
		return err
	}
	err := s.SampleSink.Drop()
	s.spoil(at)
	return err
}

func (s *watchedSample) End(sample rundir.Sample) error {
	if len(s.lent)+len(s.held) > 0 || s.told >= 0 && s.added != s.told {
		s.sink.t.Errorf("sample %d ends with %d rows lent, %d held, %d of %d added", s.ID(), len(s.lent), len(s.held), s.added, s.told)
	}
	if s.sink.open[s.ID()] == nil {
		s.sink.t.Errorf("sample %d ends twice", s.ID())
	}
	delete(s.sink.open, s.ID())
	if err := s.sink.call("End"); err != nil {
		return err
	}
	return s.SampleSink.End(sample)
}
