package models

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience ends a test that hangs; nothing that it bounds takes as long on any machine.
const patience = 5 * time.Minute

func TestCancelledDecode(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, c.Decode(ctx, batchOf([]Token{1, 2}, 0, 0), Extent{}, nil), context.Canceled)

	// Cancelled while decodes run, with and without copies: ggml asks for the flag
	// at every node, so one of them ends early, and the context can be used again.
	p := choose(t, c, "blocks.*.hook_*")
	for _, copies := range []bool{false, true} {
		for _, extent := range []Extent{{}, {Stop: true, Node: p.Last()}, {Stop: true, Node: p.Last(), Forget: true}} {
			ctx, cancel = context.WithCancel(context.Background())
			s := newSheet(t, p, 64)
			var targets []Target
			if copies {
				targets = s.targets(64)
			}
			cancelled := make(chan struct{})
			for n, over, begun := 0, false, time.Now(); ; n++ {
				require.Less(t, time.Since(begun), patience, "the cancelling goroutine gets no turn")
				if n == 3 {
					go func() {
						cancel()
						close(cancelled)
					}()
				}
				select {
				case <-cancelled:
					over = true
				default:
				}
				c.Clear()
				err := c.Decode(ctx, batchOf(make([]Token, 64), 0, 0), extent, targets)
				if err != nil {
					require.ErrorIs(t, err, context.Canceled)
					break
				}
				require.False(t, over, "a decode that begins when all is cancelled does not go through")
			}
			cancel()
			c.Clear()
			require.NoError(t, c.Decode(context.Background(), batchOf([]Token{1, 2}, 0, 0), Extent{}, nil), "usable again")
		}
	}
}

// A context that ends when its decode has ended does not reach into the next one,
// nor into a closed context.
func TestLateCancel(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	b := batchOf([]Token{1, 2}, 0, 0)
	for range 300 {
		ctx, cancel := context.WithCancel(context.Background())
		go cancel()
		c.Clear()
		if err := c.Decode(ctx, b, Extent{}, nil); err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
		c.Clear()
		require.NoError(t, c.Decode(context.Background(), b, Extent{}, nil))
		cancel()
	}
	c.Close()
}
