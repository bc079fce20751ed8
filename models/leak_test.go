package models

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var opens = flag.Int("opens", 100, "how often a model is opened and closed")

// growth is how much a process may grow while models are opened and closed after
// the first tenth: what the allocator keeps in fragments, and no model.
const growth = 8 << 20

// A model that is opened, used for all it can do and closed, again and again, takes
// no memory for good.
func TestOpeningAndClosingLeaksNothing(t *testing.T) {
	if _, err := resident(); err != nil {
		t.Skip("the size of a process is read from /proc")
	}
	runtime.LockOSThread() // the C library's allocator keeps memory for every thread it meets
	defer runtime.UnlockOSThread()
	path := filepath.Join("phantom", "phantom.gguf")
	m := loadFile(t, path)
	c := newContext(t, m)
	tokens, err := m.Tokenize("the box holds silk .", true)
	require.NoError(t, err)
	targets := newSheet(t, choose(t, c, "blocks.*.hook_*"), len(tokens)).targets(len(tokens))
	var warm, last int64
	for n := range *opens {
		openAndClose(t, path, tokens, targets)
		if n == *opens/10 || n == *opens-1 {
			debug.FreeOSMemory()
			if last, err = resident(); warm == 0 {
				warm = last
			}
			require.NoError(t, err)
		}
	}
	t.Logf("torture: a model opened and closed: %d times tried, %d KiB at the start, %+d KiB after, 0 lost", *opens, warm>>10, (last-warm)>>10)
	require.Less(t, last-warm, int64(growth))
}

func openAndClose(t *testing.T, path string, tokens []Token, targets []Target) {
	m, err := Load(t.Context(), path, LoadOptions{})
	require.NoError(t, err)
	defer m.Close()
	c, err := m.NewContext(ContextOptions{Tokens: 256, Sequences: 4, MicroBatch: 64, Threads: 1})
	require.NoError(t, err)
	defer c.Close()
	choose(t, c, "blocks.*.hook_*")
	_, err = m.Tokenize("the box holds silk .", true)
	require.NoError(t, err)
	require.NoError(t, c.Decode(context.Background(), batchOf(tokens, 0, 0), Extent{}, targets))
	s := NewSampler(SamplerOptions{Temperature: 1, TopK: 5, Seed: 7})
	defer s.Close()
	c.Sample(s, len(tokens)-1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.Clear()
	require.Error(t, c.Decode(ctx, batchOf(tokens, 0, 0), Extent{}, nil))
}

// resident gives the bytes of memory that this process takes.
func resident() (int64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
