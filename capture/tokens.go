package capture

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"intentprobe/models"
)

// Tokenizer is what tokenising a prompt needs of a model; *models.Model is one.
type Tokenizer interface {
	Tokenize(text string, addSpecial, parseSpecial bool) ([]models.Token, error)
	Piece(t models.Token, special bool) []byte
	EndsGeneration(t models.Token) bool
	IsControl(t models.Token) bool
	BOS() (models.Token, bool)
}

// tokenize turns rendered text into tokens and gives each its role: that of the
// span in which its first byte lies, or the template's.
func tokenize(tok Tokenizer, r *rendered) ([]models.Token, []int8, error) {
	tokens, err := tok.Tokenize(r.text, true, true)
	if err != nil {
		return nil, nil, err
	}
	// A template that writes BOS itself must not get a second one.
	if bos, add := tok.BOS(); add && len(tokens) > 1 && tokens[0] == bos && tokens[1] == bos {
		tokens = tokens[1:]
	}
	starts, err := offsets(tok, r.text, tokens)
	if err != nil {
		return nil, nil, err
	}
	roles := make([]int8, len(tokens))
	for i := range tokens {
		roles[i] = roleTemplate
		for _, s := range r.spans {
			if starts[i] >= s.from && starts[i] < s.to {
				roles[i] = s.role
			}
		}
	}
	return tokens, roles, nil
}

// offsets finds the byte at which each token begins in the text, -1 for one that
// has no text there (BOS). Where pieces do not spell the text (a tokenizer that
// normalises it), the text is cut and tokenised again to find the way back.
func offsets(tok Tokenizer, text string, tokens []models.Token) ([]int, error) {
	out := make([]int, len(tokens))
	at := 0
	for i, t := range tokens {
		piece := string(tok.Piece(t, true))
		rest := text[at:]
		switch {
		case piece == "":
			out[i] = at
			if at == len(text) {
				out[i] = -1
			}
		case strings.HasPrefix(rest, piece):
			out[i] = at
			at += len(piece)
		case tok.IsControl(t):
			out[i] = -1
		case piece[0] == ' ' && strings.HasPrefix(rest, piece[1:]):
			// SentencePiece puts a space before a text and after a control token.
			out[i] = at
			at += len(piece) - 1
		default:
			return offsetsByPrefix(tok, text, len(tokens))
		}
	}
	return out, nil
}

// offsetsByPrefix takes as the start of token i the shortest prefix of the text
// that has more than i tokens, less its last character.
func offsetsByPrefix(tok Tokenizer, text string, n int) ([]int, error) {
	out := make([]int, n)
	for i := range out {
		out[i] = -1
	}
	next := 0
	for at := 0; at < len(text); {
		_, size := utf8.DecodeRuneInString(text[at:])
		tokens, err := tok.Tokenize(text[:at+size], true, true)
		if err != nil {
			return nil, err
		}
		for ; next < len(tokens) && next < n; next++ {
			out[next] = at
		}
		at += size
	}
	return out, nil
}

// respond tokenises a given response as it would follow the prompt. Tokens that
// the response and the prompt's end would share are not: the prompt's stay as
// they are, since that is what a sampled response follows.
func respond(tok Tokenizer, prompt string, promptTokens []models.Token, response string) ([]models.Token, error) {
	if response == "" {
		return nil, nil
	}
	whole, err := tok.Tokenize(prompt+response, true, true)
	if err != nil {
		return nil, err
	}
	if bos, add := tok.BOS(); add && len(whole) > 1 && whole[0] == bos && whole[1] == bos {
		whole = whole[1:]
	}
	if tail, ok := cutPrefix(whole, promptTokens); ok {
		return tail, nil
	}
	// Alone, a SentencePiece text gets a space in front. Behind a line break,
	// whose tokens are then taken off, it does not.
	line, err := tok.Tokenize("\n", false, true)
	if err != nil {
		return nil, err
	}
	behind, err := tok.Tokenize("\n"+response, false, true)
	if err != nil {
		return nil, err
	}
	if tail, ok := cutPrefix(behind, line); ok {
		return tail, nil
	}
	return tok.Tokenize(response, false, true)
}

func cutPrefix(tokens, prefix []models.Token) ([]models.Token, bool) {
	if len(tokens) < len(prefix) {
		return nil, false
	}
	for i, t := range prefix {
		if tokens[i] != t {
			return nil, false
		}
	}
	return tokens[len(prefix):], true
}

// endOfTurn finds the token with which the template closes the assistant's
// answer, so that a given response ends as a sampled one does.
func (r *renderer) endOfTurn(tok Tokenizer) (models.Token, bool) {
	if r.template == "" {
		return 0, false
	}
	const mark = "\uE0000\uE001"
	text, err := models.RenderChat(r.template, []models.Message{{Role: "user", Content: "x"}, {Role: "assistant", Content: mark}}, false)
	_, after, ok := strings.Cut(text, mark)
	if err != nil || !ok {
		return 0, false
	}
	tokens, err := tok.Tokenize(after, false, true)
	if err != nil {
		return 0, false
	}
	for _, t := range tokens {
		if tok.EndsGeneration(t) {
			return t, true
		}
	}
	return 0, false
}

// tokenText writes a token's bytes as text: bytes that are not UTF-8 as <0xE2>.
func tokenText(tok Tokenizer, t models.Token) string {
	piece := tok.Piece(t, true)
	if utf8.Valid(piece) {
		return string(piece)
	}
	var b strings.Builder
	for len(piece) > 0 {
		r, n := utf8.DecodeRune(piece)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, "<0x%02X>", piece[0])
		} else {
			b.Write(piece[:n])
		}
		piece = piece[n:]
	}
	return b.String()
}

// joinPieces gives the text of response tokens, control tokens spelt out, with
// bytes that do not form UTF-8 replaced by U+FFFD.
func joinPieces(tok Tokenizer, tokens []models.Token) string {
	var b bytes.Buffer
	for _, t := range tokens {
		b.Write(tok.Piece(t, true))
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}
