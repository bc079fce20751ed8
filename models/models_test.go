package models

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

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

func load(t *testing.T, arch string) *Model {
	t.Helper()
	m, err := Load(tiny(t, arch), LoadOptions{})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

func newContext(t *testing.T, m *Model) *Context {
	t.Helper()
	c, err := m.NewContext(ContextOptions{Tokens: 256, Sequences: 2, MicroBatch: 64, Threads: 1})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func plan(t *testing.T, m *Model, selectors ...string) *hooks.Plan {
	t.Helper()
	f := m.Facts()
	arch, err := hooks.ForArch(f.Architecture)
	require.NoError(t, err)
	points, err := hooks.Select(selectors, f.Layers)
	require.NoError(t, err)
	return hooks.Compile(arch, points, f.Width)
}

func batchOf(tokens []Token, sequence int) *Batch {
	var b Batch
	for i, tok := range tokens {
		b.Add(tok, i, sequence, true)
	}
	return &b
}

var architectures = []string{"llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2"}

func TestFacts(t *testing.T) {
	f := load(t, "llama").Facts()
	assert.Equal(t, "llama", f.Architecture)
	assert.Equal(t, 3, f.Layers)
	assert.Equal(t, 64, f.Width)
	assert.NotEmpty(t, f.ChatTemplate)
	assert.Empty(t, load(t, "gpt2").Facts().ChatTemplate)

	h, err := ReadHeader(tiny(t, "qwen3"))
	require.NoError(t, err)
	assert.Equal(t, "qwen3", h.Architecture)
	assert.Equal(t, 64, h.Width)
	assert.True(t, h.Chat)
}

// What text goes in must come out, also where a token holds part of a character.
func TestTokensSpellTheText(t *testing.T) {
	for _, arch := range architectures {
		m := load(t, arch)
		for _, text := range []string{
			"hello world", " two  spaces ", "naïve 😀 日本語", "nul \x00 and \x01", "line\nbreak\ttab", "<|im_start|>user", "",
		} {
			tokens, err := m.Tokenize(text, false, false)
			require.NoError(t, err)
			var out []byte
			for _, tok := range tokens {
				out = append(out, m.Piece(tok, true)...)
			}
			if arch == "phi3" && text != "" { // SentencePiece with a space in front
				require.Equal(t, byte(' '), out[0])
				out = out[1:]
			}
			assert.Equal(t, text, string(out), arch)
		}
		parts, err := m.Tokenize("😀", false, false)
		require.NoError(t, err)
		assert.False(t, utf8.Valid(m.Piece(parts[len(parts)-1], true)), "a piece of bytes that are no UTF-8")
		_, err = m.Tokenize("\xff\xfe broken \xc3", false, false)
		require.NoError(t, err, "llama.cpp replaces bytes that are no UTF-8, or keeps them as byte tokens")
		assert.Nil(t, m.Piece(-1, true))
		assert.Nil(t, m.Piece(Token(m.Facts().Vocabulary), true))
	}
}

func TestSpecialTokensAreReadOnlyWhenAsked(t *testing.T) {
	m := load(t, "qwen2")
	one, err := m.Tokenize("<|im_end|>", false, true)
	require.NoError(t, err)
	require.Len(t, one, 1)
	assert.True(t, m.EndsGeneration(one[0]))
	assert.True(t, m.IsControl(one[0]))
	assert.Equal(t, "<|im_end|>", string(m.Piece(one[0], true)))
	assert.Empty(t, m.Detokenize(one))
	many, err := m.Tokenize("<|im_end|>", false, false)
	require.NoError(t, err)
	assert.Greater(t, len(many), 1)
}

func TestChatTemplate(t *testing.T) {
	text, err := RenderChat("chatml", []Message{{"system", "Be brief."}, {"user", "Hi"}}, true)
	require.NoError(t, err)
	assert.Equal(t, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", text)
	_, err = RenderChat("{{ no such family }}", []Message{{"user", "Hi"}}, true)
	require.ErrorIs(t, err, ErrTemplate)
	_, err = RenderChat("chatml", nil, true)
	require.NoError(t, err)
}

// Copies are those of the layer named, and do not change the computation.
func TestPlanCopiesWithoutChangingLogits(t *testing.T) {
	for _, arch := range architectures {
		m := load(t, arch)
		c := newContext(t, m)
		tokens, err := m.Tokenize("the quick brown fox", true, true)
		require.NoError(t, err)
		b := batchOf(tokens, 0)
		require.NoError(t, c.Decode(context.Background(), b))
		plain, entropy, err := c.Score(b.Len()-1, 5)
		require.NoError(t, err)

		p := plan(t, m, "*")
		require.NoError(t, c.SetPlan(p))
		c.Clear()
		require.NoError(t, c.Decode(context.Background(), b))
		captured, entropy2, err := c.Score(b.Len()-1, 5)
		require.NoError(t, err)
		assert.InDelta(t, plain, captured, 1e-5, arch)
		assert.InDelta(t, entropy, entropy2, 1e-5, arch)
		for i, point := range p.Points {
			rows := c.Activations(i, b.Len())
			require.Len(t, rows, b.Len()*m.Facts().Width)
			norm := 0.0
			for _, x := range rows {
				norm += float64(x) * float64(x)
			}
			assert.Greater(t, norm, 0.0, "%s %s", arch, point)
		}
	}
}

// Two sequences in one batch do not see each other.
func TestSequencesAreApart(t *testing.T) {
	m := load(t, "llama")
	p := plan(t, m, "resid_post:-1")
	width := m.Facts().Width
	alone := func(tokens []Token) []float32 {
		c := newContext(t, m)
		require.NoError(t, c.SetPlan(p))
		require.NoError(t, c.Decode(context.Background(), batchOf(tokens, 0)))
		return append([]float32(nil), c.Activations(0, len(tokens))...)
	}
	first, second := []Token{5, 9, 12, 40}, []Token{7, 7, 3}
	c := newContext(t, m)
	require.NoError(t, c.SetPlan(p))
	var both Batch
	for i := range first {
		both.Add(first[i], i, 0, true)
		if i < len(second) {
			both.Add(second[i], i, 1, true)
		}
	}
	require.NoError(t, c.Decode(context.Background(), &both))
	a, b := alone(first), alone(second)
	for row := range both.Tokens {
		want := a
		if both.Sequences[row] == 1 {
			want = b
		}
		at := int(both.Positions[row]) * width
		assert.InDeltaSlice(t, want[at:at+width], c.Activations(0, both.Len())[row*width:(row+1)*width], 1e-4)
	}
}

func TestModelsAndContextsAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for _, arch := range []string{"llama", "gpt2", "gemma2", "llama"} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			m, err := Load(tiny(t, arch), LoadOptions{})
			if !assert.NoError(t, err) {
				return
			}
			defer m.Close()
			c, err := m.NewContext(ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Threads: 1})
			if !assert.NoError(t, err) {
				return
			}
			defer c.Close()
			for range 20 {
				c.Clear()
				assert.NoError(t, c.Decode(context.Background(), batchOf([]Token{1, 2, 3}, 0)))
			}
		}()
	}
	wg.Wait()
}

func TestSamplingRepeatsBySeed(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	b := batchOf([]Token{5, 9, 12}, 0)
	require.NoError(t, c.Decode(context.Background(), b))
	draw := func(o SamplerOptions) (out []Token) {
		s := NewSampler(o)
		defer s.Close()
		for range 32 {
			out = append(out, c.Sample(s, b.Len()-1))
		}
		return out
	}
	warm := SamplerOptions{Temperature: 1, TopP: 1, Seed: 7}
	assert.Equal(t, draw(warm), draw(warm))
	other := warm
	other.Seed = 8
	assert.NotEqual(t, draw(warm), draw(other))
	greedy := draw(SamplerOptions{})
	top1 := draw(SamplerOptions{Temperature: 1, TopK: 1, TopP: 1, Seed: 3})
	assert.Equal(t, greedy, top1)
	assert.Equal(t, greedy, draw(SamplerOptions{Temperature: 1, TopP: 1, MinP: 1, Seed: 3}))
	assert.Equal(t, greedy, draw(SamplerOptions{Temperature: 1, TopP: 1e-6, Seed: 3}))
	best, _, err := c.Score(b.Len()-1, greedy[0])
	require.NoError(t, err)
	for tok := range Token(m.Facts().Vocabulary) {
		lp, _, err := c.Score(b.Len()-1, tok)
		require.NoError(t, err)
		require.LessOrEqual(t, lp, best)
	}
}

// The probabilities of all tokens sum to one, and entropy is their -sum p log p.
func TestScore(t *testing.T) {
	for _, arch := range []string{"llama", "gemma2"} {
		m := load(t, arch)
		c := newContext(t, m)
		b := batchOf([]Token{5, 9, 12}, 0)
		require.NoError(t, c.Decode(context.Background(), b))
		sum, entropy := 0.0, 0.0
		var reported float32
		for tok := range Token(m.Facts().Vocabulary) {
			lp, h, err := c.Score(1, tok)
			require.NoError(t, err)
			p := math.Exp(float64(lp))
			sum += p
			entropy -= p * float64(lp)
			reported = h
		}
		assert.InDelta(t, 1, sum, 1e-5)
		assert.InDelta(t, entropy, reported, 1e-4)
	}
}

func TestDecodeRefuses(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	assert.ErrorContains(t, c.Decode(context.Background(), &Batch{}), "0 tokens")
	assert.ErrorContains(t, c.Decode(context.Background(), batchOf(make([]Token, 65), 0)), "65 tokens")

	var full Batch
	var err error
	for at := 0; err == nil && at < 1000; at++ {
		full.Reset()
		full.Add(5, at, 0, true)
		err = c.Decode(context.Background(), &full)
	}
	assert.ErrorContains(t, err, "no room in the KV cache")
	var missing *MissingTensorError
	p := plan(t, m, "resid_post:0")
	p.Tensors[0] = "l_out-77"
	require.NoError(t, c.SetPlan(p))
	c.Clear()
	require.ErrorAs(t, c.Decode(context.Background(), batchOf([]Token{1, 2}, 0)), &missing)
	assert.Equal(t, "l_out-77", missing.Tensor)
	assert.False(t, missing.Shape)

	p.Tensors[0] = "ffn_gate-0" // of another width
	require.NoError(t, c.SetPlan(p))
	c.Clear()
	require.ErrorAs(t, c.Decode(context.Background(), batchOf([]Token{1, 2}, 0)), &missing)
	assert.True(t, missing.Shape)
}

func TestCancelledDecode(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, c.Decode(ctx, batchOf([]Token{1, 2}, 0)), context.Canceled)

	// Cancelled while decodes run: ggml asks for the flag at every node, so one of
	// them ends early, and the context can be used again.
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	var err error
	for n := 0; err == nil; n++ {
		if n == 3 {
			go cancel()
		}
		c.Clear()
		err = c.Decode(ctx, batchOf(make([]Token, 64), 0))
	}
	require.ErrorIs(t, err, context.Canceled)
	c.Clear()
	require.NoError(t, c.Decode(context.Background(), batchOf([]Token{1, 2}, 0)), "usable again")
}

func TestClosed(t *testing.T) {
	m := load(t, "llama")
	c := newContext(t, m)
	c.Close()
	c.Close()
	assert.ErrorIs(t, c.Decode(context.Background(), batchOf([]Token{1}, 0)), ErrClosed)
	assert.ErrorIs(t, c.SetPlan(&hooks.Plan{}), ErrClosed)
	m.Close()
	m.Close()
	_, err := m.Tokenize("x", true, true)
	assert.ErrorIs(t, err, ErrClosed)
	_, err = m.NewContext(ContextOptions{Tokens: 32, Sequences: 1, MicroBatch: 32, Threads: 1})
	assert.ErrorIs(t, err, ErrClosed)
}

func TestWeightsConversion(t *testing.T) {
	dir := t.TempDir()
	sum, err := FileSHA256(tiny(t, "llama"))
	require.NoError(t, err)
	out, err := Convert(tiny(t, "llama"), sum, "f16", dir, 1)
	require.NoError(t, err)
	m, err := Load(out, LoadOptions{})
	require.NoError(t, err)
	defer m.Close()
	assert.Equal(t, "F16", m.Facts().FileType)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no part file is left")
	again, err := Convert(tiny(t, "llama"), sum, "f16", dir, 1)
	require.NoError(t, err)
	assert.Equal(t, out, again)
	_, err = Convert(tiny(t, "llama"), sum, "q9", dir, 1)
	require.Error(t, err)
}
