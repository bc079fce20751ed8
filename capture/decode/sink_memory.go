package decode

import (
	"fmt"
	"slices"

	"intentprobe/models"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rowmem"
	"intentprobe/storage/rundir"
)

// MemorySink keeps what is captured as Go values. Its zero value keeps every row. It
// holds the whole run in memory: four bytes for each value of a row, whatever
// capture.dtype is, which decides how they were rounded. Not safe for concurrent use;
// Samples may be read between groups and once the run has ended.
type MemorySink struct {
	Reduce []string // of each sample's rows keep these reductions: mean, last, max (rundir.Reductions)
	NoRows bool     // keep the reductions alone

	// Samples are those of the groups that were committed, in the order of their ids. Of
	// a group that was abandoned, those that had ended.
	Samples []MemorySample

	layout  *rowmem.Layout
	reducer *rowmem.Reducer
	free    []models.Target // rows that are neither lent nor held
	next    int64           // id
	group   []*memorySample // of the group under way
}

// MemorySample is a sample with its captured tokens. File and FirstRow are empty, as it
// lies in no file; Rows counts Tokens.
type MemorySample struct {
	rundir.Sample
	Tokens  []MemoryRow
	Reduced map[string][]float32 // by column and reduction, as in "blocks.3.hook_resid_post.mean"; nil without rows
}

// MemoryRow is a captured token.
type MemoryRow struct {
	rundir.Row
	Activations map[string][]float32 // by hook point, in row-major order of its shape
	TopTokens   []int32              // of the largest logits, where unembed.hook_out is captured
}

// memorySample is a sample under way.
type memorySample struct {
	MemorySample
	sink      *MemorySink
	lent      []models.Target
	held      []models.Target
	holds     bool // rows may be held and dropped
	reduction rowmem.Reduction
	ended     bool
	dropped   bool
}

// Start implements Sink. What an earlier run left in the sink stays.
func (s *MemorySink) Start(columns []arrowfile.Column) (err error) {
	s.layout, s.free, s.group = rowmem.NewLayout(columns), nil, nil
	s.reducer, err = rowmem.NewReducer(s.layout, s.Reduce)
	return err
}

// StartGroup implements Sink.
func (s *MemorySink) StartGroup(_ int, first int64) error {
	if s.layout == nil || s.group != nil {
		return fmt.Errorf("memory sink: a group begins before Start, or in another group")
	}
	s.next, s.group = first, []*memorySample{}
	return nil
}

// Begin implements Sink.
func (s *MemorySink) Begin(int) SampleSink { return s.begin(false) }

// BeginHeld implements Sink.
func (s *MemorySink) BeginHeld() SampleSink { return s.begin(true) }

func (s *MemorySink) begin(holds bool) SampleSink {
	sample := &memorySample{sink: s, holds: holds}
	sample.SampleID = s.next
	s.next++
	s.group = append(s.group, sample)
	return sample
}

// Commit implements Sink.
func (s *MemorySink) Commit() error {
	for _, sample := range s.group {
		if !sample.ended {
			return fmt.Errorf("memory sink: sample %d has not ended, and its group is committed", sample.SampleID)
		}
	}
	s.keep()
	return nil
}

// Abandon implements Sink: samples that have ended are kept.
func (s *MemorySink) Abandon() error {
	s.keep()
	return nil
}

// Discard implements Sink.
func (s *MemorySink) Discard(cause error) error {
	s.drop(s.group)
	s.group = nil
	return cause
}

// keep ends the group with the samples that have ended.
func (s *MemorySink) keep() {
	for _, sample := range s.group {
		if sample.ended {
			s.Samples = append(s.Samples, sample.MemorySample)
		}
	}
	s.drop(s.group)
	s.group = nil
}

// drop takes back what is lent to samples.
func (s *MemorySink) drop(samples []*memorySample) {
	for _, sample := range samples {
		s.free = slices.Concat(s.free, sample.lent, sample.held)
		sample.lent, sample.held, sample.dropped = nil, nil, true
	}
}

// rowsAtOnce is how many rows memory is made for when none is free.
const rowsAtOnce = 64

func (s *MemorySink) take() models.Target {
	if len(s.free) == 0 {
		slab := rowmem.NewSlab(s.layout, rowsAtOnce)
		for i := range rowsAtOnce {
			s.free = append(s.free, models.Target(slab.Place(i)))
		}
	}
	last := len(s.free) - 1
	row := s.free[last]
	s.free = s.free[:last]
	return row
}

func (s *memorySample) ID() int64 { return s.SampleID }

func (s *memorySample) Reserve() (models.Target, error) {
	if s.ended || s.dropped {
		return models.Target{}, s.wrong("reserves a row after its end")
	}
	s.lent = append(s.lent, s.sink.take())
	return s.lent[len(s.lent)-1], nil
}

func (s *memorySample) Hold() error {
	if !s.holds || len(s.lent) == 0 {
		return s.wrong("holds a row that is not lent, or was not begun to")
	}
	s.held, s.lent = append(s.held, s.lent[0]), s.lent[1:]
	return nil
}

func (s *memorySample) Add(row rundir.Row) error {
	at, err := s.oldest("adds")
	if err != nil {
		return err
	}
	s.sink.reducer.Add(&s.reduction, rowmem.Place(at))
	if !s.sink.NoRows {
		s.Tokens = append(s.Tokens, readRow(s.sink.layout, row, rowmem.Place(at)))
	}
	s.sink.free = append(s.sink.free, at)
	return nil
}

func (s *memorySample) Drop() error {
	if !s.holds {
		return s.wrong("drops a row, and was not begun to")
	}
	at, err := s.oldest("drops")
	if err == nil {
		s.sink.free = append(s.sink.free, at)
	}
	return err
}

// oldest takes the oldest row that is held or, where none is, the oldest that is lent.
func (s *memorySample) oldest(does string) (at models.Target, err error) {
	from := &s.held
	if len(s.held) == 0 {
		from = &s.lent
	}
	if len(*from) == 0 {
		return at, s.wrong(does + " a row that it did not reserve")
	}
	at, *from = (*from)[0], (*from)[1:]
	return at, nil
}

func (s *memorySample) End(sample rundir.Sample) error {
	if s.ended || s.dropped || len(s.lent)+len(s.held) > 0 {
		return s.wrong("ends with rows that are neither added nor dropped, or after its end")
	}
	sample.SampleID, sample.Rows = s.SampleID, int64(len(s.Tokens))
	if len(s.sink.Reduce) > 0 {
		sample.ReducedTokens = &s.reduction.Rows
		s.Reduced = reduced(s.sink.layout, s.sink.reducer, &s.reduction)
	}
	s.Sample, s.ended = sample, true
	return nil
}

func (s *memorySample) wrong(does string) error {
	return fmt.Errorf("memory sink: sample %d %s", s.SampleID, does)
}

// readRow copies a row out of the memory that the engine filled.
func readRow(l *rowmem.Layout, row rundir.Row, at rowmem.Place) MemoryRow {
	out := MemoryRow{Row: row, Activations: make(map[string][]float32, len(l.Columns))}
	for c, column := range l.Columns {
		if column.DType == arrowfile.Int32 {
			out.TopTokens = slices.Clone(l.Ints(at, c))
			continue
		}
		out.Activations[column.Name] = l.AppendFloats(nil, at, c)
	}
	return out
}
