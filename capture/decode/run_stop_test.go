package decode

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/fake"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
)

// stopTrial has every kind of decode: of beginnings that are shared, of prompts
// with and without logits, and of drawn tokens.
func stopTrial(batch spec.Auto) *trial {
	tr := systemTrial(4)
	tr.prompts[2]["response"] = " maybe."
	tr.spec.Engine.Batch, tr.spec.Generate.Samples, tr.micro = batch, 2, 16
	return tr
}

// kind says what a decode was for.
func (tr *trial) kind(c fakeCall) string {
	switch {
	case c.sequences[0] < 2:
		return "beginning"
	case int(c.positions[0]) >= len(tr.prepared.Jobs[0].Tokens()): // all prompts are as long
		return "step"
	case c.extent.Stop:
		return "quiet prompt"
	}
	return "prompt with logits"
}

// goroutines gives the stacks of those that code of this module began. Those of the
// testing package and of other packages come and go as they like.
func goroutines() (ours []string) {
	buffer := make([]byte, 1<<20)
	for _, stack := range strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
		if strings.Contains(stack, "created by intentprobe/") {
			ours = append(ours, stack)
		}
	}
	return ours
}

// noneLeft wants no more goroutines of this module than there were, once those that are
// told to end have got their turn.
func noneLeft(t testing.TB, before int) {
	t.Helper()
	for begun := time.Now(); time.Since(begun) < 2*time.Minute; time.Sleep(time.Millisecond) {
		if len(goroutines()) <= before {
			return
		}
	}
	t.Errorf("%d were there before, now there are:\n%s", before, strings.Join(goroutines(), "\n\n"))
}

func TestGoroutinesOfThisModuleAreSeen(t *testing.T) {
	before, end, ended := len(goroutines()), make(chan struct{}), make(chan struct{})
	go func() {
		<-end
		close(ended)
	}()
	assert.Len(t, goroutines(), before+1)
	close(end)
	<-ended
	noneLeft(t, before)
}

// stopsAt runs with an end at the n-th decode and gives how many samples were
// kept, each of them whole.
func (tr *trial) stopsAt(t *testing.T, ctx context.Context, n int, end func() error) (int, error) {
	t.Helper()
	before := len(goroutines())
	r := tr.prepare(t)
	tr.decoder.before = func(i int) error {
		if i == n {
			return end()
		}
		return nil
	}
	err := tr.runAll(ctx, r)
	assert.Len(t, tr.decoder.calls, n, "nothing is decoded after the end")
	noneLeft(t, before)
	samples, all := tr.read(t)
	tr.prepared.Jobs = tr.prepared.Jobs[:len(samples)]
	tr.checkRows(t, samples, all)
	assert.EqualValues(t, len(samples), tr.writer.Samples())
	return len(samples), err
}

func TestWhateverEndsARunKeepsWhatIsFinished(t *testing.T) {
	for _, batch := range []spec.Auto{1, 3} {
		whole := stopTrial(batch)
		whole.run(t)
		kinds := map[string]int{}
		for _, end := range []string{"cancelled", "engine"} {
			most := 0
			for at := 1; at <= len(whole.decoder.calls); at++ {
				tr := stopTrial(batch)
				ctx, cancel := context.WithCancel(context.Background())
				kept, err := tr.stopsAt(t, ctx, at, func() error {
					if end == "cancelled" {
						cancel()
					}
					return fake.ErrEngine // whatever the engine calls it
				})
				cancel()
				if end == "cancelled" {
					require.ErrorIs(t, err, context.Canceled, "at decode %d", at)
				} else {
					require.ErrorIs(t, err, fake.ErrEngine, "at decode %d", at)
					assert.ErrorContains(t, err, "sample ")
				}
				require.GreaterOrEqual(t, kept, most, "more decodes keep no less")
				most = kept
				kinds[whole.kind(whole.decoder.calls[at-1])]++
			}
			assert.Positive(t, most)
			assert.Less(t, most, len(whole.prepared.Jobs), "the last is never finished")
		}
		for _, kind := range []string{"beginning", "quiet prompt", "prompt with logits", "step"} {
			assert.Positive(t, kinds[kind], "no end in a decode of a %s", kind)
		}
	}
}

func TestCancellationBeforeTheFirstDecode(t *testing.T) {
	tr := newTrial()
	r := tr.prepare(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, tr.runAll(ctx, r), context.Canceled)
	samples, _ := tr.read(t)
	assert.Empty(t, samples)
}

func TestADecodeErrorNamesSampleAndPrompt(t *testing.T) {
	tr := newTrial() // prompt a takes a prefill and its three tokens
	kept, err := tr.stopsAt(t, context.Background(), 6, func() error { return fake.ErrEngine })
	require.ErrorIs(t, err, fake.ErrEngine)
	assert.ErrorContains(t, err, "sample 1")
	assert.ErrorContains(t, err, `"b"`)
	assert.Equal(t, 1, kept)
}

// What is committed stays as it is, in its own files.
func TestAnErrorInTheSecondGroup(t *testing.T) {
	tr := newTrial()
	tr.prompts = tr.prompts[:1]
	tr.spec.Chat.Template, tr.spec.Capture.Tokens, tr.spec.Capture.Hooks = "none", "last", []string{"resid_post:0"}
	const groupSamples = 512 // what a group holds at most where nothing else is asked for
	tr.spec.Generate.MaxTokens, tr.spec.Generate.Samples = 0, groupSamples+1000
	at := 2 + groupSamples*4/512 + 1 // a beginning, full micro-batches, and once more
	kept, err := tr.stopsAt(t, context.Background(), at, func() error { return fake.ErrEngine })
	require.ErrorIs(t, err, fake.ErrEngine)
	assert.Equal(t, groupSamples, kept)
	assert.Len(t, tr.files(t), 2)
}

func TestLogitsThatAreNotFinite(t *testing.T) {
	for _, logprobs := range []string{"all", "response", "none"} {
		tr := newTrial()
		tr.spec.Capture.Logprobs = logprobs
		r := tr.prepare(t)
		tr.decoder.badAt = tr.tok.ID(" No") // the first token drawn for b, and nowhere else
		err := tr.runAll(context.Background(), r)
		require.ErrorContains(t, err, "not finite", logprobs)
		assert.ErrorContains(t, err, `"b"`)
		samples, all := tr.read(t)
		tr.prepared.Jobs = tr.prepared.Jobs[:1]
		tr.checkRows(t, samples, all)
	}
}

func TestPointsThatAreNotWhereTheyWere(t *testing.T) {
	tr := newTrial()
	r := tr.prepare(t)
	tr.decoder.missing = "node-12"
	err := tr.runAll(context.Background(), r)
	var missing *models.MissingTensorError
	require.ErrorAs(t, err, &missing)
	assert.ErrorContains(t, err, "node-12")

	// The engine of the run may compute less than the one that was surveyed.
	tr = newTrial()
	r = tr.prepare(t)
	gone := r.Map.Points[slices.IndexFunc(r.Map.Points, func(l hooks.Located) bool { return l.Tensor == "node-12" })].Point
	r.Map.Drop(gone, "it went away")
	assert.ErrorContains(t, tr.runAll(context.Background(), r), "it went away")
	assert.Empty(t, tr.decoder.calls)
}
