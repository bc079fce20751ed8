package prompt

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"intentprobe/models"
	"intentprobe/models/chat"
)

// Tokenizer is what tokenising a prompt needs of a model; *models.Model is one.
type Tokenizer interface {
	Tokenize(text string, parseSpecial bool) ([]models.Token, error)
	Piece(t models.Token, special bool) []byte
	EndsGeneration(t models.Token) bool
	IsControl(t models.Token) bool
	BOS() (models.Token, bool)
}

// TokenizeFunc is a way to tokenise a text: TokenizeText or TokenizeAfter.
type TokenizeFunc func(tok Tokenizer, text string) ([]models.Token, error)

// TokenizeText tokenises a text from its beginning: with BOS in front where the model
// wants one and the text does not begin with it. What a model may want after a text (EOS,
// SEP) is never added, since every text here is continued.
func TokenizeText(tok Tokenizer, text string) ([]models.Token, error) {
	tokens, err := tok.Tokenize(text, true)
	if bos, add := tok.BOS(); err == nil && add && (len(tokens) == 0 || tokens[0] != bos) {
		tokens = append([]models.Token{bos}, tokens...)
	}
	return tokens, err
}

// TokenizeResponse tokenises a given response as it would follow the prompt. No token
// spans both, even where the tokenizer would join the prompt's end with the response: the
// prompt's tokens stay as they are, since these are what a sampled response follows.
func TokenizeResponse(tok Tokenizer, prompt string, promptTokens []models.Token, response string) ([]models.Token, error) {
	if response == "" {
		return nil, nil
	}
	whole, err := TokenizeText(tok, prompt+response)
	if err != nil {
		return nil, err
	}
	if tail, ok := cutPrefix(whole, promptTokens); ok {
		return tail, nil
	}
	return TokenizeAfter(tok, response)
}

// TokenizeAfter tokenises a text that stands after another. A SentencePiece tokenizer puts
// a space before a text that stands alone, so the text is tokenised after a line break,
// whose tokens are then taken off. A tokenizer whose tokens do not spell the line break
// (it drops it, or joins what it does not know) gets the text alone.
func TokenizeAfter(tok Tokenizer, text string) ([]models.Token, error) {
	line, err := tok.Tokenize("\n", true)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(JoinPieces(tok, line, -1), "\n") {
		return tok.Tokenize(text, true)
	}
	behind, err := tok.Tokenize("\n"+text, true)
	if err != nil {
		return nil, err
	}
	if tail, ok := cutPrefix(behind, line); ok {
		return tail, nil
	}
	return tok.Tokenize(text, true)
}

// TokenizeTail gives the tokens that a text adds to a tail, where those of the tail
// stay as they are.
func TokenizeTail(tok Tokenizer, tail string, begins bool, have []models.Token, text string) ([]models.Token, error) {
	var whole []models.Token
	var err error
	if begins {
		whole, err = TokenizeText(tok, tail+text)
	} else {
		whole, err = tok.Tokenize(tail+text, true)
	}
	if err != nil {
		return nil, err
	}
	if rest, ok := cutPrefix(whole, have); ok && len(rest) > 0 {
		return rest, nil
	}
	return TokenizeAfter(tok, text)
}

func cutPrefix(tokens, prefix []models.Token) ([]models.Token, bool) {
	if len(tokens) < len(prefix) || !slices.Equal(tokens[:len(prefix)], prefix) {
		return nil, false
	}
	return tokens[len(prefix):], true
}

// EndOfTurn finds the token with which the template closes the assistant's
// answer, so that a given response ends as a sampled one does.
func (r *Renderer) EndOfTurn(tok Tokenizer) (models.Token, bool) {
	tokens, _ := r.closing(tok)
	for _, t := range tokens {
		if tok.EndsGeneration(t) {
			return t, true
		}
	}
	return 0, false
}

// closing gives the tokens that the template puts after the assistant's answer, where
// it shows that.
func (r *Renderer) closing(tok Tokenizer) ([]models.Token, bool) {
	if r.template == nil {
		return nil, false
	}
	in := r.input
	in.Generation, in.Tools, in.Documents = false, r.example.Tools, r.example.Documents
	in.Messages = []chat.Message{{Role: "user", Content: "x"}, {Role: "assistant", Content: "y"}}
	chat, err := r.template.Render(in)
	if err != nil {
		return nil, false
	}
	end := -1
	for _, p := range chat.Parts {
		if p.Message == 1 {
			end = p.To
		}
	}
	if end < 0 {
		return nil, false
	}
	tokens, err := tok.Tokenize(chat.Text[end:], true)
	return tokens, err == nil
}

// TokenText writes a token's bytes as text: bytes that are not UTF-8 as <0xE2>.
func TokenText(tok Tokenizer, t models.Token) string {
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

// JoinPieces gives the text of response tokens, control tokens spelt out, cut after most
// bytes unless most is negative; bytes that do not form UTF-8 are replaced by U+FFFD.
func JoinPieces(tok Tokenizer, tokens []models.Token, most int) string {
	var b bytes.Buffer
	for _, t := range tokens {
		b.Write(tok.Piece(t, true))
	}
	if most >= 0 && most < b.Len() {
		b.Truncate(most)
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}
