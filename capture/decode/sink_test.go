package decode

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/fake"
	"intentprobe/capture/spec"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

var errSink = errors.New("the sink overflows")

// into prepares the run for a sink.
func (tr *trial) into(t testing.TB, sink Sink) *Runner {
	t.Helper()
	r := tr.prepare(t)
	tr.writer.Close()
	r.Sink, r.Source = sink, PlannedGroups(tr.prepared, tr.prepared.Groups(nil))
	return r
}

// read gives what a sink in memory holds, as checkRows wants it.
func (s *MemorySink) read(columns []arrowfile.Column) (samples []rundir.Sample, all []*rundir.Activations) {
	for _, sample := range s.Samples {
		a := &rundir.Activations{Values: make([][]float32, len(columns))}
		for _, row := range sample.Tokens {
			a.Rows = append(a.Rows, row.Row)
			for c, column := range columns {
				values := row.Activations[column.Name]
				for _, token := range row.TopTokens {
					if column.DType == arrowfile.Int32 {
						values = append(values, float32(token))
					}
				}
				a.Values[c] = append(a.Values[c], values...)
			}
		}
		samples, all = append(samples, sample.Sample), append(all, a)
	}
	return samples, all
}

// Runs of every kind give the same in memory as the design asks for, and as the files
// of the writer hold.
func TestAnyRunInMemory(t *testing.T) {
	reduced := 0
	for seed := range uint64(120) {
		tr := anyTrial(seed)
		tr.spec.Capture.Group = spec.Auto(seed % 7)
		c := &tr.spec.Capture
		memory := &MemorySink{Reduce: c.Reduce, NoRows: !c.Rows}
		sink := &watchedSink{Sink: memory, t: t}
		require.NoError(t, tr.into(t, sink).Run(context.Background()), "seed %d: %s", seed, tr)
		samples, all := memory.read(tr.prepared.Columns())
		tr.checkRows(t, samples, all)
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, tr)
		}
		if len(c.Reduce) > 0 {
			reduced += tr.sameReductions(t, memory)
		}
	}
	assert.Greater(t, reduced, 100)
}

// sameReductions compares the reductions in memory with those of the run in files, and
// gives how many there are.
func (tr *trial) sameReductions(t *testing.T, memory *MemorySink) (n int) {
	t.Helper()
	files := *tr
	samples, _ := files.run(t)
	require.Len(t, memory.Samples, len(samples))
	var table *arrowfile.File
	left, err := filepath.Glob(filepath.Join(files.dir, "samples-*.arrow"))
	require.NoError(t, err)
	at := int64(-1)
	for i, sample := range samples {
		own := memory.Samples[i]
		require.Equal(t, *sample.ReducedTokens, *own.ReducedTokens)
		if at++; table == nil || at == table.Rows() {
			table, err = rundir.OpenTable(left[0])
			require.NoError(t, err)
			defer table.Close()
			at, left = 0, left[1:]
		}
		require.Equal(t, *own.ReducedTokens == 0, own.Reduced == nil)
		for name, values := range own.Reduced {
			text := make([]byte, 4*len(values))
			require.NoError(t, table.ReadColumn(name, at, at+1, text))
			for k, x := range values {
				require.Equal(t, binary.LittleEndian.Uint32(text[4*k:]), math.Float32bits(x), "%s of sample %d", name, i)
			}
			n++
		}
	}
	return n
}

// After an error of the sink, whichever call gives it, nothing is decoded or called but
// Abandon, and the error is told once.
func TestErrorsOfTheSink(t *testing.T) {
	for _, sticky := range []bool{false, true} {
		kinds := map[string]int{}
		for at := 1; ; at++ {
			tr := stopTrial(3)
			tr.spec.Capture.Group, tr.spec.Capture.Tokens = 4, "last | response[:-2]"
			memory := new(MemorySink)
			sink := &watchedSink{Sink: memory, t: t, at: at, sticky: sticky}
			r := tr.into(t, sink)
			decodes := 0
			r.Progress = func(Progress) {
				decodes++
				if sink.failed {
					t.Errorf("decoded after an error at call %d", at)
				}
			}
			err := r.Run(context.Background())
			if !sink.failed {
				require.NoError(t, err)
				break
			}
			require.ErrorIs(t, err, errSink, "at call %d", at)
			require.Equal(t, errSink.Error(), err.Error(), "told once, at call %d", at)
			failed := sink.calls[at-1]
			kinds[failed]++
			switch failed {
			case "Start", "StartGroup", "Commit":
				require.Len(t, sink.calls, at, "nothing is called after an error of %s", failed)
			default:
				require.Equal(t, []string{failed, "Abandon"}, sink.calls[at-1:])
			}
			for _, s := range memory.Samples {
				require.NotEmpty(t, s.FinishReason, "only samples that have ended are kept")
			}
		}
		for _, call := range []string{"Start", "StartGroup", "Reserve", "Hold", "Add", "Drop", "End", "Commit"} {
			assert.Positive(t, kinds[call], "no error of %s", call)
		}
	}
}

// An error of Abandon is told beside the one that ended the run.
func TestAnErrorOfAbandon(t *testing.T) {
	tr := newTrial()
	sink := &watchedSink{Sink: new(MemorySink), t: t}
	r := tr.into(t, sink)
	tr.decoder.before = func(int) error {
		sink.at = len(sink.calls) + 1
		return fake.ErrEngine
	}
	err := r.Run(context.Background())
	require.ErrorIs(t, err, fake.ErrEngine)
	require.ErrorIs(t, err, errSink)
	assert.Equal(t, "Abandon", sink.calls[len(sink.calls)-1])
}

// Values that turn out to be wrong are discarded, however the run went.
func TestWrongValuesAreDiscarded(t *testing.T) {
	errWrong := errors.New("the model file was changed")
	for _, failing := range []bool{false, true} {
		tr := newTrial()
		memory := new(MemorySink)
		sink := &watchedSink{Sink: memory, t: t}
		r := tr.into(t, sink)
		r.Sound = func() error { return errWrong }
		tr.decoder.before = func(n int) error {
			if failing && n == 9 {
				return fake.ErrEngine
			}
			return nil
		}
		require.ErrorIs(t, r.Run(context.Background()), errWrong)
		assert.Equal(t, "Discard", sink.calls[len(sink.calls)-1])
		assert.Empty(t, memory.Samples)
	}
}

// When ctx ends, at whichever decode, the sink is told to abandon the group, and keeps
// the samples that have ended.
func TestTheSinkWhenContextEnds(t *testing.T) {
	whole := stopTrial(3)
	whole.run(t)
	most := 0
	for at := 1; at <= len(whole.decoder.calls); at++ {
		tr := stopTrial(3)
		tr.spec.Capture.Group = 4
		memory := new(MemorySink)
		sink := &watchedSink{Sink: memory, t: t}
		r := tr.into(t, sink)
		ctx, cancel := context.WithCancel(context.Background())
		tr.decoder.before = func(n int) error {
			if n == at {
				cancel()
			}
			return nil
		}
		err := r.Run(ctx)
		cancel()
		if err == nil {
			break // groups of four take fewer decodes
		}
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, "Abandon", sink.calls[len(sink.calls)-1])
		require.Equal(t, len(memory.Samples), times(sink.calls, "End"), "at decode %d", at)
		require.True(t, slices.IsSortedFunc(memory.Samples, func(a, b MemorySample) int { return int(a.SampleID - b.SampleID) }))
		most = max(most, len(memory.Samples))
	}
	assert.Greater(t, most, 4)
}

// What breaks the contract is an error of the sink in memory, not a wrong row.
func TestMemorySinkRefusesWhatBreaksTheContract(t *testing.T) {
	columns := []arrowfile.Column{{Name: "a", Shape: []int{2}, DType: arrowfile.Float32}}
	begin := func(held bool) (*MemorySink, SampleSink) {
		s := new(MemorySink)
		require.NoError(t, s.Start(columns))
		require.NoError(t, s.StartGroup(0, 5))
		if held {
			return s, s.BeginHeld()
		}
		return s, s.Begin(-1)
	}
	assert.Error(t, new(MemorySink).StartGroup(0, 0), "before Start")
	assert.Error(t, (&MemorySink{Reduce: []string{"median"}}).Start(columns))
	s, sample := begin(false)
	assert.EqualValues(t, 5, sample.ID())
	assert.Error(t, s.StartGroup(1, 6), "in a group")
	assert.Error(t, s.Commit(), "not ended")
	assert.ErrorContains(t, sample.Add(rundir.Row{}), "sample 5")
	assert.Error(t, sample.Hold())
	assert.Error(t, sample.Drop())
	_, err := sample.Reserve()
	require.NoError(t, err)
	assert.Error(t, sample.Hold(), "not begun to")
	assert.Error(t, sample.Drop(), "not begun to")
	assert.Error(t, sample.End(rundir.Sample{}), "a row is lent")
	require.NoError(t, sample.Add(rundir.Row{}))
	require.NoError(t, sample.End(rundir.Sample{}))
	assert.Error(t, sample.End(rundir.Sample{}), "twice")
	_, err = sample.Reserve()
	assert.Error(t, err, "after its end")
	require.NoError(t, s.Commit())
	assert.Len(t, s.Samples, 1)

	s, sample = begin(true)
	assert.Error(t, sample.Hold(), "nothing is lent")
	_, err = sample.Reserve()
	require.NoError(t, err)
	require.NoError(t, sample.Hold())
	assert.Error(t, sample.End(rundir.Sample{}), "a row is held")
	require.NoError(t, s.Abandon())
	_, err = sample.Reserve()
	assert.Error(t, err, "after it was dropped")
	assert.Empty(t, s.Samples)
}

func times(calls []string, name string) (n int) {
	for _, call := range calls {
		if call == name {
			n++
		}
	}
	return n
}
