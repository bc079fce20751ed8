package rundir

import (
	"fmt"

	"intentprobe/capture/hint"
	"intentprobe/storage/plural"
)

// Planned is how many samples a run is to have: of a shard, its share. False where
// nobody knows any more, since the manifest was lost.
func (m *Manifest) Planned() (int64, bool) {
	if m.Plan == nil {
		return 0, false
	}
	if m.Shard == nil {
		return m.Plan.Samples, true
	}
	groups, last := int64(m.Plan.Groups()), m.Plan.Groups()-1
	before, of := int64(m.Shard.Index-1), int64(m.Shard.Of)
	if groups <= before {
		return 0, true
	}
	size := int64(m.Plan.GroupSamples)
	samples := (groups - before + of - 1) / of * size
	if m.Shard.Holds(last) {
		samples -= groups*size - m.Plan.Samples
	}
	return samples, true
}

// Finished says whether a run has ended and holds all its samples.
func (m *Manifest) Finished() bool {
	planned, known := m.Planned()
	return m.Status == Complete || m.Status != Unfinished && known && m.Samples == planned
}

// Extent says how much of a run is there: "24 samples", or "8 of 24 samples".
func (m *Manifest) Extent() string {
	planned, known := m.Planned()
	switch {
	case m.Status == Complete:
		return plural.Count(m.Samples, "sample")
	case !known:
		return fmt.Sprintf("%d of an unknown number of samples", m.Samples)
	}
	return fmt.Sprintf("%d of %s", m.Samples, plural.Count(planned, "sample"))
}

// NotFinishedError says that a run does not hold all its samples. What it holds may
// be whole.
type NotFinishedError struct {
	Dir       string
	Manifest  *Manifest
	Resumable bool
}

// NotFinished gives the error that a run does not hold all its samples.
func NotFinished(dir string, m *Manifest) *NotFinishedError {
	return &NotFinishedError{dir, m, CanResume(dir) && m.Resumable() == nil}
}

// Error says how much of the run is there.
func (e *NotFinishedError) Error() string {
	text := fmt.Sprintf("%s is not finished: it holds %s", e.Dir, e.Manifest.Extent())
	if s := e.Manifest.Shard; s != nil {
		text += fmt.Sprintf(" of shard %s", s)
	}
	return text
}

// Hint says what to do next.
func (e *NotFinishedError) Hint() string { return e.next().Hint() }

// Phrase is Hint in the words of say.
func (e *NotFinishedError) Phrase(say func(reference any) string) string { return e.next().Phrase(say) }

func (e *NotFinishedError) next() *hint.Error { return hint.With(nil, e.advice()...).(*hint.Error) }

func (e *NotFinishedError) advice() []any {
	if e.Resumable {
		return []any{"unless it is still running, ", hint.Command{"resume", e.Dir}, " finishes it"}
	}
	if e.Manifest.Resumable() != nil {
		return []any{"this version does not go on with runs of its format: finish it with the version that began it, or run again"}
	}
	return []any{"it cannot be gone on with; run it again, or use what is there"}
}
