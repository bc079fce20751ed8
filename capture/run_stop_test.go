package capture

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/models"
	"intentprobe/storage"
)

// stopsAt runs with a failure at the n-th decode and gives the error and what
// was kept; every sample that was kept must be whole.
func (tr *trial) stopsAt(t *testing.T, n int, fail error) ([]storage.Sample, error) {
	t.Helper()
	r := tr.prepare(t)
	tr.decoder.before = func(i int) error {
		if i == n {
			return fail
		}
		return nil
	}
	err := r.Run(context.Background())
	samples, all := tr.read(t)
	tr.prepared.Jobs = tr.prepared.Jobs[:len(samples)]
	tr.checkRows(t, samples, all)
	return samples, err
}

// decodesOf counts the decodes of a whole run.
func decodesOf(t *testing.T, fresh func() *trial) int {
	t.Helper()
	tr := fresh()
	tr.run(t)
	return tr.decoder.decodes
}

func TestCancellationKeepsWhatIsFinished(t *testing.T) {
	for _, batch := range []int{1, 3} {
		fresh := func() *trial {
			tr := newTrial()
			tr.spec.Engine.Batch, tr.spec.Generate.Samples = batch, 2
			tr.micro = 5
			return tr
		}
		total := decodesOf(t, fresh)
		most := 0
		for at := 1; at <= total; at++ {
			tr := fresh()
			r := tr.prepare(t)
			ctx, cancel := context.WithCancel(context.Background())
			tr.decoder.before = func(i int) error {
				if i == at {
					cancel()
					return errEngine // whatever the engine calls it
				}
				return nil
			}
			err := r.Run(ctx)
			cancel()
			require.ErrorIs(t, err, context.Canceled, "at decode %d of %d", at, total)
			assert.Equal(t, at, tr.decoder.decodes, "nothing is decoded after the end")
			samples, all := tr.read(t)
			require.GreaterOrEqual(t, len(samples), most, "more decodes keep no less")
			most = len(samples)
			tr.prepared.Jobs = tr.prepared.Jobs[:len(samples)]
			tr.checkRows(t, samples, all)
		}
		assert.Positive(t, most)
		assert.Less(t, most, 7, "the last is never finished")
	}
}

func TestCancellationBeforeTheFirstDecode(t *testing.T) {
	tr := newTrial()
	r := tr.prepare(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, r.Run(ctx), context.Canceled)
	samples, _ := tr.read(t)
	assert.Empty(t, samples)
}

func TestADecodeErrorNamesSampleAndPrompt(t *testing.T) {
	tr := newTrial() // prompt a takes a prefill and its three tokens
	samples, err := tr.stopsAt(t, 6, errEngine)
	require.ErrorIs(t, err, errEngine)
	assert.ErrorContains(t, err, "sample 1")
	assert.ErrorContains(t, err, `"b"`)
	assert.Len(t, samples, 1)
}

func TestADecodeErrorInTheSecondBatch(t *testing.T) {
	tr := newTrial()
	tr.spec.Engine.Batch, tr.spec.Generate.MaxTokens = 2, 3
	samples, err := tr.stopsAt(t, 2+3+1, errEngine) // two prefills, three tokens of each
	require.ErrorIs(t, err, errEngine)
	assert.ErrorContains(t, err, "sample 2")
	assert.ErrorContains(t, err, `"c"`)
	assert.Len(t, samples, 2)
}

func TestLogitsThatAreNotFinite(t *testing.T) {
	for _, logprobs := range []string{"all", "response", "none"} {
		tr := newTrial()
		tr.spec.Capture.Logprobs = logprobs
		r := tr.prepare(t)
		tr.decoder.badAt = tr.tok.id(" may") // the second token drawn for b
		err := r.Run(context.Background())
		require.ErrorContains(t, err, "not finite", logprobs)
		assert.ErrorContains(t, err, `"b"`)
		samples, all := tr.read(t)
		tr.prepared.Jobs = tr.prepared.Jobs[:1]
		tr.checkRows(t, samples, all)
	}
}

func TestTensorThatIsMissingEndsTheRun(t *testing.T) {
	tr := newTrial()
	r := tr.prepare(t)
	tr.decoder.missing = []string{"l_out-0"}
	err := r.Run(context.Background())
	var missing *models.MissingTensorError
	require.ErrorAs(t, err, &missing)
	assert.ErrorContains(t, err, "l_out-0")
}
