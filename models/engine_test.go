package models

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

var architectures = []string{"llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2"}

// tiny gives the path of a tiny random model, made by `make tiny`.
func tiny(t *testing.T, arch string) string {
	t.Helper()
	dir := os.Getenv("CAPTURE_TINY")
	if dir == "" {
		dir = filepath.Join("..", ".venv", "tiny")
	}
	path := filepath.Join(dir, "tiny-"+arch+".gguf")
	require.FileExists(t, path, "`make tiny` writes it")
	return path
}

func loadFile(t *testing.T, path string) *Model {
	t.Helper()
	m, err := Load(t.Context(), path, LoadOptions{})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

func load(t *testing.T, arch string) *Model {
	t.Helper()
	return loadFile(t, tiny(t, arch))
}

func newContext(t *testing.T, m *Model, change ...func(*ContextOptions)) *Context {
	t.Helper()
	o := ContextOptions{Tokens: 256, Sequences: 3, MicroBatch: 64, Threads: 1}
	for _, f := range change {
		f(&o)
	}
	c, err := m.NewContext(o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// exact options: attention in float32, and its pattern.
func exact(o *ContextOptions) { o.KVType, o.Pattern = "f32", true }

// batchOf is one sequence from a position on; flags marks those with logits, all
// of them where it is left out.
func batchOf(tokens []Token, sequence, from int, flags ...bool) *Batch {
	var b Batch
	for i, tok := range tokens {
		b.Add(tok, from+i, sequence, flags == nil || flags[i])
	}
	return &b
}

// locate finds the points of a model in the graphs that a context computes.
func locate(t *testing.T, c *Context, change ...func(*hooks.Arch)) *hooks.Map {
	t.Helper()
	f := c.model.Facts()
	arch, err := hooks.ForArch(f.Architecture)
	require.NoError(t, err)
	for _, plant := range change {
		plant(&arch)
	}
	c.Clear()
	g, err := c.Graph(context.Background(), batchOf([]Token{1, 2, 3, 4}, 0, 0, false, false, true, true))
	require.NoError(t, err)
	c.Clear()
	return hooks.Locate(g, arch, f.Layers, 4, 2)
}

// choose makes a plan of selected points and sets it.
func choose(t *testing.T, c *Context, selectors ...string) *hooks.Plan {
	t.Helper()
	points, err := locate(t, c).Select(selectors)
	require.NoError(t, err)
	p := &hooks.Plan{Reads: points}
	require.NoError(t, c.SetPlan(p))
	return p
}

// sheet is memory as targets want it: capacity rows of every column of a plan.
type sheet struct {
	plan     *hooks.Plan
	capacity int
	bytes    []byte
}

const untouched = 0xa5 // what a sheet holds before anything is copied

func newSheet(t *testing.T, p *hooks.Plan, capacity int) *sheet {
	t.Helper()
	s := &sheet{plan: p, capacity: capacity}
	size := 0
	for _, l := range p.Reads {
		size += l.Width()
	}
	s.bytes = make([]byte, max(1, size*capacity*s.item()))
	for i := range s.bytes {
		s.bytes[i] = untouched
	}
	var pinner runtime.Pinner
	pinner.Pin(&s.bytes[0])
	t.Cleanup(pinner.Unpin)
	return s
}

func (s *sheet) item() int {
	if s.plan.Half {
		return 2
	}
	return 4
}

// row is the target of one token; targets puts tokens into rows 0, 1, 2, ...
func (s *sheet) row(i int) Target {
	return Target{Base: unsafe.Pointer(&s.bytes[0]), Capacity: s.capacity, Row: i}
}

func (s *sheet) targets(n int) (out []Target) {
	for i := range n {
		out = append(out, s.row(i))
	}
	return out
}

// raw gives the bytes of one row of column i.
func (s *sheet) raw(column, row int) []byte {
	at := 0
	for _, l := range s.plan.Reads[:column] {
		at += l.Width() * s.item() * s.capacity
	}
	width := s.plan.Reads[column].Width() * s.item()
	return s.bytes[at+row*width : at+(row+1)*width]
}

func (s *sheet) floats(column, row int) []float32 {
	raw := s.raw(column, row)
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(uint32(raw[4*i]) | uint32(raw[4*i+1])<<8 | uint32(raw[4*i+2])<<16 | uint32(raw[4*i+3])<<24)
	}
	return out
}

// rows gives one column of the first n rows.
func (s *sheet) rows(column, n int) (out [][]float32) {
	for i := range n {
		out = append(out, s.floats(column, i))
	}
	return out
}

// find gives the column of a point by its name.
func (s *sheet) find(t *testing.T, name string) int {
	t.Helper()
	for i, l := range s.plan.Reads {
		if l.Point.String() == name {
			return i
		}
	}
	require.Fail(t, "no column "+name)
	return -1
}

// capture decodes a batch and gives what the context's plan copied, row i of token i.
func capture(t *testing.T, c *Context, b *Batch) *sheet {
	t.Helper()
	s := newSheet(t, c.plan, b.Len())
	require.NoError(t, c.Decode(context.Background(), b, Extent{}, s.targets(b.Len())))
	return s
}

// logits decodes a batch to its end, without copies, and gives a copy of the last
// token's.
func logits(t *testing.T, c *Context, b *Batch) []float32 {
	t.Helper()
	require.NoError(t, c.Decode(context.Background(), b, Extent{}, nil))
	return lastLogits(t, c, b)
}

func lastLogits(t *testing.T, c *Context, b *Batch) []float32 {
	t.Helper()
	row, err := c.Logits(b.Len() - 1)
	require.NoError(t, err)
	return append([]float32(nil), row...)
}
