package capture

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
	"intentprobe/models"
)

// jobsOf makes a plan of n samples of so many prompt tokens, width floats a row.
func jobsOf(n int, batch Auto, tokens, width int) *Prepared {
	p := &Prepared{Spec: validSpec(), Facts: models.Facts{Width: width, Layers: 1}, Points: []hooks.Located{{Point: hooks.Point{Site: hooks.Embed}, Shape: []int{width}}}}
	p.Spec.Engine.Batch, p.Spec.Generate.MaxTokens = batch, 0
	for i := range n {
		p.Jobs = append(p.Jobs, Job{Row: &Row{ID: fmt.Sprint(i)}, Sample: i, Tokens: make([]models.Token, tokens)})
	}
	return p
}

// checkShards wants every job once, in order, and whole batches but for the end.
func checkShards(t *testing.T, p *Prepared) [][]Job {
	t.Helper()
	shards := p.shards()
	var ids []string
	for i, jobs := range shards {
		require.NotEmpty(t, jobs)
		if i < len(shards)-1 {
			assert.Zero(t, len(jobs)%int(p.Spec.Engine.Batch), "shard %d holds %d samples", i, len(jobs))
		}
		for _, j := range jobs {
			ids = append(ids, j.Row.ID)
		}
	}
	require.Len(t, ids, len(p.Jobs))
	for i, id := range ids {
		require.Equal(t, fmt.Sprint(i), id)
	}
	return shards
}

func TestShardsHoldEveryJobInOrder(t *testing.T) {
	const row = 1 << 20 // 4 MiB of activations a row
	for _, batch := range []Auto{1, 3, 16, 64} {
		for _, n := range []int{1, 2, 63, 64, 65, 200} {
			for _, tokens := range []int{1, 7, 80} {
				p := jobsOf(n, batch, tokens, row)
				shards := checkShards(t, p)
				for i, jobs := range shards {
					bytes := int64(len(jobs)) * int64(tokens) * int64(p.RowBytes()+rowOverhead)
					assert.True(t, bytes <= shardBytes || len(jobs) <= int(batch), "shard %d of %d bytes", i, bytes)
				}
			}
		}
	}
}

func TestSmallRunsAreOneShard(t *testing.T) {
	assert.Len(t, checkShards(t, jobsOf(4096, 1, 10, 64)), 1)
	assert.Len(t, checkShards(t, jobsOf(1, 64, 10, 64)), 1)
}

func TestAShardHoldsNotTooManySamples(t *testing.T) {
	for _, batch := range []Auto{1, 3, 64} {
		shards := checkShards(t, jobsOf(10000, batch, 1, 4))
		assert.Len(t, shards, 3, "batch %d", batch)
		for _, jobs := range shards {
			assert.LessOrEqual(t, len(jobs), shardSamples, "batch %d", batch)
		}
	}
}

func TestShardsAreTheSameEveryTime(t *testing.T) {
	p, again := jobsOf(500, 3, 9, 1<<20), jobsOf(500, 3, 9, 1<<20)
	require.Greater(t, len(p.shards()), 1)
	assert.Equal(t, p.shards(), again.shards())
	assert.Equal(t, p.shards(), p.shards())
}

func TestRowsOfASampleAtMost(t *testing.T) {
	p := jobsOf(1, 1, 7, 4)
	p.Spec.Generate.MaxTokens = 5
	given := &Job{Row: &Row{Response: ptr("x")}, Tokens: make([]models.Token, 7), Given: make([]models.Token, 2)}
	for tokens, want := range map[string][2]int{"all": {12, 9}, "prompt": {7, 7}, "response": {5, 2}, "last": {1, 1}} {
		p.Spec.Capture.Tokens = tokens
		assert.Equal(t, want[0], p.maxRows(&p.Jobs[0]), tokens)
		assert.Equal(t, want[1], p.maxRows(given), tokens)
	}
}

func TestBytesAreEstimatedFromAbove(t *testing.T) {
	for _, tokens := range []string{"all", "prompt", "response", "last"} {
		tr := newTrial()
		tr.spec.Capture.Tokens = tokens
		samples, _ := tr.run(t)
		var rows int64
		for _, s := range samples {
			rows += s.Rows
		}
		assert.GreaterOrEqual(t, tr.prepared.MaxBytes(), rows*int64(tr.prepared.RowBytes()))
	}
	p := jobsOf(3, 1, 7, 100)
	assert.Equal(t, 400, p.RowBytes())
	p.Spec.Capture.DType = "float16"
	assert.Equal(t, 200, p.RowBytes())
}
