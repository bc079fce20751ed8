package models

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lend serves this process's CPU as an RPC device: memory that is not the host's.
var lend = sync.OnceValues(func() (*Worker, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	l.Close()
	go ServeRPC(address, []string{"CPU"}, 1, "")
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp4", address)
		if err == nil {
			conn.Close()
			return AddWorker(address)
		} else if time.Since(begun) > patience {
			return nil, err
		}
	}
})

func loadOffloaded(t *testing.T, arch string, layers int) *Model {
	t.Helper()
	w, err := lend()
	require.NoError(t, err)
	m, err := Load(t.Context(), tiny(t, arch), LoadOptions{Placement: Placement{Layers: layers, Devices: []string{w.Devices[0].Name}}})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

// Every point of the graph, in either way of fetching, has the CPU's bits.
func TestFetchedTensorsAreTheCPUs(t *testing.T) {
	for _, arch := range []string{"llama", "gemma2", "phi3", "mixtral", "gpt2"} {
		for _, pattern := range []bool{false, true} {
			options := func(o *ContextOptions) { o.Pattern = pattern }
			here := newContext(t, load(t, arch), options)
			tokens := []Token{3, 17, 29, 5, 11, 8, 2}
			choose(t, here, "*")
			want := capture(t, here, batchOf(tokens, 0, 0))
			for _, layers := range []int{1, 2, 99} {
				m := loadOffloaded(t, arch, layers)
				for _, copied := range []bool{false, true} {
					there := newContext(t, m, options, func(o *ContextOptions) { o.copyOnDevice = copied })
					p := choose(t, there, "*")
					require.Equal(t, want.plan.Reads, p.Reads, "%s: the same nodes under the same numbers", arch)
					for range 3 { // both places, and again the first
						there.Clear()
						assert.Equal(t, want.bytes, capture(t, there, batchOf(tokens, 0, 0)).bytes, "%s, %d layers, pattern %t, copied %t", arch, layers, pattern, copied)
					}
					there.Close()
				}
			}
		}
	}
}

// Memory that runs out while a tensor is copied is told as that, and not as a tensor that
// the graph does not hold.
func TestMemoryThatRunsOutIsNoMissingTensor(t *testing.T) {
	scarce := func(o *ContextOptions) { o.mostCopied = 16 << 10 }
	m := loadOffloaded(t, "llama", 99)
	p := choose(t, newContext(t, m), "blocks.*.hook_resid_post")
	here, there := newContext(t, load(t, "llama"), scarce), newContext(t, m, scarce)
	require.NoError(t, there.SetPlan(p))
	for n, fits := range map[int]bool{2: true, 64: false} { // of 256 bytes a token
		b := &Batch{}
		for i := range n {
			b.Add(Token(3+i), i, 0, true)
		}
		there.Clear()
		err := there.Decode(t.Context(), b, Extent{}, newSheet(t, p, n).targets(n))
		if fits {
			require.NoError(t, err)
			continue
		}
		var memory *MemoryError
		require.ErrorAs(t, err, &memory)
		assert.True(t, memory.RanOut)
		assert.Equal(t, uint64(64*4*m.Facts().Width), memory.Need)
		assert.Contains(t, err.Error(), "blocks.0.hook_resid_post")
	}
	// The list of nodes, which is 4096 long at first: a graph with some missing is none.
	_, err := here.Graph(t.Context(), batchOf([]Token{1, 2}, 0, 0))
	var memory *MemoryError
	require.ErrorAs(t, err, &memory)
	assert.Contains(t, err.Error(), "list of the graph's nodes")
}

// Tensors that grow take larger places, also while others wait.
func TestFetchingGrows(t *testing.T) {
	for _, copied := range []bool{false, true} {
		here := newContext(t, load(t, "llama"))
		there := newContext(t, loadOffloaded(t, "llama", 99), func(o *ContextOptions) { o.copyOnDevice = copied })
		choose(t, here, "*")
		choose(t, there, "*")
		for n := 1; n <= 64; n = 2*n + 1 {
			tokens := make([]Token, n)
			for i := range tokens {
				tokens[i] = Token(3 + i)
			}
			here.Clear()
			there.Clear()
			assert.Equal(t, capture(t, here, batchOf(tokens, 0, 0)).bytes, capture(t, there, batchOf(tokens, 0, 0)).bytes, "%d tokens", n)
		}
	}
}

// A decode on a device that is asked for no abort still ends when it is cancelled.
func TestCancelReachesADevice(t *testing.T) {
	c := newContext(t, loadOffloaded(t, "llama", 99))
	tokens := make([]Token, 64)
	for i := range tokens {
		tokens[i] = Token(3 + i)
	}
	b := batchOf(tokens, 0, 0)
	cancelled := 0
	for i := 0; i < 5000 && cancelled < 5; i++ { // until some came in the middle
		c.Clear()
		ctx, stop := context.WithCancel(t.Context())
		timer := time.AfterFunc(time.Duration(i%100)*20*time.Microsecond, stop)
		if err := c.Decode(ctx, b, Extent{}, nil); err != nil {
			require.ErrorIs(t, err, context.Canceled)
			cancelled++
		}
		timer.Stop()
		stop()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Positive(t, cancelled)
	c.Clear()
	assert.ErrorIs(t, c.Decode(ctx, b, Extent{}, nil), context.Canceled)
	require.NoError(t, c.Decode(t.Context(), b, Extent{}, nil))
	assert.Equal(t, logits(t, newContext(t, load(t, "llama")), b), lastLogits(t, c, b), "nothing is left of a cancel")
}

// The parts of a model that stay with the CPU are what its memory must hold.
func TestNeedOfIsTheFile(t *testing.T) {
	for _, arch := range []string{"llama", "gemma2", "mixtral"} {
		m := load(t, arch)
		n, err := NeedOf(tiny(t, arch), 10, "f16")
		require.NoError(t, err)
		assert.Equal(t, m.Facts().Layers+1, n.Whole(), arch)
		assert.Less(t, n.Bytes(n.Whole()), uint64(2*m.Facts().FileBytes)+10*slices.Max(n.Cells)*uint64(n.Whole()), arch)
		assert.Greater(t, n.Bytes(n.Whole()), uint64(m.Facts().FileBytes)/3, arch)
		twice, err := NeedOf(tiny(t, arch), 10, "f32")
		require.NoError(t, err)
		for i := range n.Cells {
			assert.Equal(t, 2*n.Cells[i], twice.Cells[i], arch)
		}
	}
}

// A model that is larger than the memory is still looked at: its head, the shapes of
// its tensors and its vocabulary, but no weights.
func TestAModelIsLookedAtWithoutItsWeights(t *testing.T) {
	for _, arch := range []string{"llama", "gemma2", "mixtral"} {
		m, err := Load(t.Context(), tiny(t, arch), LoadOptions{IgnoreMemory: true, NoWeights: true})
		require.NoError(t, err, arch)
		whole := load(t, arch)
		assert.Equal(t, whole.Facts(), m.Facts(), arch)
		want, err := whole.Tokenize("the quick brown fox", true)
		require.NoError(t, err)
		got, err := m.Tokenize("the quick brown fox", true)
		require.NoError(t, err)
		assert.Equal(t, want, got, arch)
		m.Close()
	}
}

// The cache of blocks on a device does not lie in the host's memory.
func TestContextBytesAreTheHosts(t *testing.T) {
	opt := ContextOptions{Tokens: 1000, Sequences: 1, MicroBatch: 32}
	bytes := func(m *Model) uint64 {
		l, err := m.learn()
		require.NoError(t, err)
		return l.cacheBytes(m, opt)
	}
	whole := load(t, "llama")
	layers := uint64(whole.Facts().Layers)
	require.Positive(t, bytes(whole))
	assert.Equal(t, bytes(whole), bytes(loadOffloaded(t, "llama", 1)), "the output has none")
	assert.Equal(t, bytes(whole)*(layers-1)/layers, bytes(loadOffloaded(t, "llama", 2)))
	assert.Zero(t, bytes(loadOffloaded(t, "llama", 99)))
}
