package prompt

import (
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/fake"
	"intentprobe/models"
)

// counter counts what is tokenised.
type counter struct {
	Tokenizer
	calls, bytes int
}

func (c *counter) Tokenize(text string, parseSpecial bool) ([]models.Token, error) {
	c.calls++
	c.bytes += len(text)
	return c.Tokenizer.Tokenize(text, parseSpecial)
}

// slowly gives the offsets of every beginning of a text, tokenised whole.
func slowly(t *testing.T, tok Tokenizer, text string, tokens []models.Token) []int {
	t.Helper()
	a := &aligner{tok, text, tokens, TokenizeText, make([]int, len(tokens))}
	require.NoError(t, a.byPrefix(Stretch{0, len(text)}, 0, len(tokens)))
	return a.starts
}

// characters gives the beginnings of the characters that offsets lie in; collapsed is of
// a tokenizer that drops white space, where it is that of the word.
func characters(text string, starts []int, collapsed bool) []int {
	out := make([]int, len(starts))
	for i, at := range starts {
		for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
			at--
		}
		for collapsed && at >= 0 && at < len(text) && white(text[at]) {
			at++
		}
		out[i] = at
	}
	return out
}

func opened(t *testing.T, name string) *models.Model {
	t.Helper()
	path := filepath.Join("..", "..", "models", "phantom", "phantom.gguf")
	if name != "phantom" {
		dir := os.Getenv("CAPTURE_TINY")
		if dir == "" {
			dir = filepath.Join("..", "..", ".venv", "tiny")
		}
		path = filepath.Join(dir, "tiny-"+name+".gguf")
	}
	m, err := models.Load(t.Context(), path, models.LoadOptions{NoWeights: true})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return m
}

// random makes a text of words, white space, and whatever a tokenizer may normalise.
func random(r *rand.Rand, parts []string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

var odd = []string{
	"the", "the", " the", " ", " ", "  ", "\n", "\t", "a", "B", "Sun", ".", "?!", "▁", "▁▁", "▁the", "é", "e\u0301", "日本", "🙂", "ﬁ", "Ａ", "\u00a0", "12", "0",
	"silk", " silk", "box", "\u200b", "ß", "İ",
}

// phantomWords are what the phantom knows; of anything else the beginning is tokenised otherwise.
var phantomWords = []string{" the", " silk", " .", "  ", " "}

// What pieces spell and what has to be found by tokenising again come to the same.
func TestOffsetsAreThoseOfEveryBeginning(t *testing.T) {
	fakes := map[string]*fake.Tokenizer{"lower": fake.NewTokenizer("the", " the", "sun"), "strip": fake.NewTokenizer("the", " the"), "space": fake.NewTokenizer(" the", "the", " "), "plain": fake.NewTokenizer("the", " the")}
	fakes["lower"].Lower, fakes["strip"].Strip, fakes["space"].Space = true, true, true
	toks := map[string]Tokenizer{}
	for name, f := range fakes {
		toks[name] = f.WithBOS()
	}
	for _, name := range []string{"qwen2", "gemma3", "mistral", "phi3", "phantom"} {
		toks[name] = opened(t, name)
	}
	seed := rand.Uint64()
	for name, tok := range toks {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			for n := range 150 {
				parts := odd
				if name == "phantom" {
					parts = phantomWords
				}
				text := random(r, parts, 1+r.IntN(24))
				tokens, err := TokenizeText(tok, text)
				require.NoError(t, err)
				got, err := Offsets(tok, text, tokens, TokenizeText)
				require.NoError(t, err)
				want, collapsed := slowly(t, tok, text, tokens), name == "phantom"
				require.Equal(t, characters(text, want, collapsed), characters(text, got, collapsed), "seed %d, text %d: %q", seed, n, text)
			}
		})
	}
}

// Of a chat, too: its marks may swallow the white space beside them, and what follows
// one begins with SentencePiece's own space.
func TestOffsetsOfChatsAreThoseOfEveryBeginning(t *testing.T) {
	seed := rand.Uint64()
	for name, marks := range map[string][2]string{
		"phi3": {"<|user|>\n", "<|end|>\n<|assistant|>\n"}, "mistral": {"<s>[INST] ", "[/INST]"}, "gemma3": {"<bos><start_of_turn>user\n", "<end_of_turn>\n<start_of_turn>model\n"},
		"qwen2": {"<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"},
	} {
		t.Run(name, func(t *testing.T) {
			tok, r := opened(t, name), rand.New(rand.NewPCG(seed, 8))
			for n := range 150 {
				said := strings.TrimSpace("x" + random(r, odd, 1+r.IntN(24)))[1:]
				text := marks[0] + said + marks[1]
				tokens, err := TokenizeText(tok, text)
				require.NoError(t, err)
				got, err := Offsets(tok, text, tokens, TokenizeText)
				require.NoError(t, err)
				want := slowly(t, tok, text, tokens)
				want[0] = got[0] // BOS that is written, or put in front
				require.Equal(t, characters(text, want, true), characters(text, got, true), "seed %d, text %d: %q", seed, n, text)
			}
		})
	}
}

// A text is tokenised as a whole once for each time that it is halved, and no more.
func TestOffsetsOfALongTextTakeLittleTokenising(t *testing.T) {
	lower := fake.NewTokenizer("the", " the", "sun")
	lower.Lower = true
	for name, tok := range map[string]Tokenizer{"lower": lower, "mistral": opened(t, "mistral"), "phi3": opened(t, "phi3"), "phantom": opened(t, "phantom")} {
		for what, text := range map[string]string{
			"spaces of SentencePiece": strings.Repeat("The sun▁is a star.▁ ", 800), "capitals": strings.Repeat("The SUN is a star. ", 800),
			"white space": strings.Repeat("the  silk \n .", 1200), "one word": strings.Repeat("▁", 5000) + strings.Repeat("日本", 2000),
			"a chat": "<|user|>\nb▁" + strings.Repeat("a▁b 日", 1000) + "<|end|>\n<|assistant|>\n",
		} {
			if name == "phantom" && (what == "one word" || what == "a chat") {
				continue // unknown, all of it: one token
			}
			tokens, err := TokenizeText(tok, text)
			require.NoError(t, err)
			c := &counter{Tokenizer: tok}
			starts, err := Offsets(c, text, tokens, TokenizeText)
			require.NoError(t, err)
			n := len(text)
			require.LessOrEqual(t, c.bytes, 2*n*bits.Len(uint(n))+(leaf+2)*n, "%s: %s, %d bytes", name, what, n)
			require.LessOrEqual(t, c.calls, 4*n, "%s: %s, %d bytes", name, what, n)
			last := -1
			for i, at := range starts {
				require.GreaterOrEqual(t, at, last, "%s: %s, token %d", name, what, i)
				last = at
			}
		}
	}
}
