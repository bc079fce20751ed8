package decode

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// queue is a source that others fill: as a server's may be.
type queue struct {
	groups chan *JobGroup
	asked  int
	asks   func(n int) // told of each Next
}

func (q *queue) Samples() int { return 0 }

func (q *queue) Next(ctx context.Context) (*JobGroup, error) {
	q.asked++
	if q.asks != nil {
		q.asks(q.asked)
	}
	select {
	case g, ok := <-q.groups:
		if !ok {
			return nil, io.EOF
		}
		return g, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// group gives a group of the run as a source does.
func (tr *trial) group(number int) *JobGroup {
	jobs, first := tr.prepared.Group(number)
	return &JobGroup{Number: number, First: first, Jobs: jobs}
}

// A source need not know its samples beforehand, nor give groups in their order: each is
// committed before the next is asked for.
func TestASourceThatIsFilledMeanwhile(t *testing.T) {
	tr := newTrial()
	tr.spec.Capture.Group = 1
	memory := new(MemorySink)
	sink := &watchedSink{Sink: memory, t: t}
	r := tr.into(t, sink)
	order := []int{2, 0, 3, 1}
	q := &queue{groups: make(chan *JobGroup, 1)}
	q.asks = func(n int) {
		assert.Len(t, memory.Samples, n-1, "the group before is committed")
		if n > len(order) {
			close(q.groups)
			return
		}
		q.groups <- tr.group(order[n-1])
	}
	r.Source = q
	require.NoError(t, r.Run(context.Background()))
	assert.Equal(t, len(order), times(sink.calls, "Commit"))
	for i, number := range order {
		assert.EqualValues(t, number, memory.Samples[i].SampleID)
		assert.Equal(t, tr.prepared.Jobs[number].ID(), memory.Samples[i].PromptID)
	}
	assert.Zero(t, tr.progress[len(tr.progress)-1].TotalSamples)
}

func TestASourceWithoutGroups(t *testing.T) {
	tr := newTrial()
	sink := &watchedSink{Sink: new(MemorySink), t: t}
	r := tr.into(t, sink)
	r.Source = PlannedGroups(tr.prepared, nil)
	require.NoError(t, r.Run(context.Background()))
	assert.Equal(t, []string{"Start"}, sink.calls)
	assert.Empty(t, tr.decoder.calls)
}

// An error of the source ends the run; what was committed stays, and there is no group
// to abandon. So it is when ctx ends while the source waits.
func TestASourceThatEndsEarly(t *testing.T) {
	errSource := errors.New("the queue broke")
	for _, want := range []error{errSource, context.Canceled} {
		tr := newTrial()
		tr.spec.Capture.Group = 2
		memory := new(MemorySink)
		sink := &watchedSink{Sink: memory, t: t}
		r := tr.into(t, sink)
		ctx, cancel := context.WithCancel(context.Background())
		q := &queue{groups: make(chan *JobGroup, 1)}
		q.asks = func(n int) {
			if n == 1 {
				q.groups <- tr.group(0)
			} else if want == context.Canceled {
				cancel()
			}
		}
		r.Source = q
		if want == errSource {
			r.Source = failingSource{q, errSource}
		}
		require.ErrorIs(t, r.Run(ctx), want)
		cancel()
		assert.Equal(t, "Commit", sink.calls[len(sink.calls)-1])
		assert.Len(t, memory.Samples, 2)
	}
}

// failingSource gives one group, and then an error.
type failingSource struct {
	*queue
	err error
}

func (s failingSource) Next(ctx context.Context) (*JobGroup, error) {
	if s.asked > 0 {
		return nil, s.err
	}
	return s.queue.Next(ctx)
}
