package fake

import (
	"bytes"
	"strings"

	"intentprobe/models"
)

// Tokenizer is a small tokenizer: the longest piece of its vocabulary at each
// place, single bytes otherwise. Tokens 0 to 255 are the bytes.
type Tokenizer struct {
	Pieces   []string
	Control  map[string]models.Token // read as one token if special text is parsed
	Ends     map[models.Token]bool   // end of turn
	BOSToken models.Token            // -1 for none
	AddBOS   bool
	Space    bool // like SentencePiece: a space before a text and after a control token
	Lower    bool // normalises: lower case
	Strip    bool // white space after a control token is dropped
	Calls    int
	Fail     error
}

// NewTokenizer makes one with words, and with the control tokens of ChatML, <s> and </s>.
func NewTokenizer(words ...string) *Tokenizer {
	f := &Tokenizer{Control: map[string]models.Token{}, Ends: map[models.Token]bool{}, BOSToken: -1}
	for b := range 256 {
		f.Pieces = append(f.Pieces, string([]byte{byte(b)}))
	}
	for _, c := range []string{"<|im_start|>", "<|im_end|>", "<s>", "</s>"} {
		f.Control[c] = models.Token(len(f.Pieces))
		f.Pieces = append(f.Pieces, c)
	}
	f.Ends[f.Control["<|im_end|>"]], f.Ends[f.Control["</s>"]] = true, true
	f.Pieces = append(f.Pieces, words...)
	return f
}

// WithBOS lets every text begin with <s>.
func (f *Tokenizer) WithBOS() *Tokenizer {
	f.BOSToken, f.AddBOS = f.Control["<s>"], true
	return f
}

// ID gives the token of a piece.
func (f *Tokenizer) ID(piece string) models.Token {
	if t, ok := f.Control[piece]; ok {
		return t
	}
	for i, p := range f.Pieces {
		if p == piece {
			return models.Token(i)
		}
	}
	panic("no token " + piece)
}

// IDs gives the tokens of pieces.
func (f *Tokenizer) IDs(pieces ...string) []models.Token {
	out := []models.Token{}
	for _, p := range pieces {
		out = append(out, f.ID(p))
	}
	return out
}

// Tokenize is of prompt.Tokenizer.
func (f *Tokenizer) Tokenize(text string, parseSpecial bool) ([]models.Token, error) {
	f.Calls++
	if f.Fail != nil {
		return nil, f.Fail
	}
	var out []models.Token
	for begin := true; text != ""; {
		part, control := text, ""
		if parseSpecial {
			part, control = f.cutControl(text)
		}
		text = text[len(part)+len(control):]
		if f.Lower {
			part = strings.ToLower(part)
		}
		if f.Strip && !begin {
			part = strings.TrimLeft(part, " \n")
		}
		if f.Space && part != "" {
			part = " " + part
		}
		for part != "" {
			t := f.longest(part)
			out = append(out, t)
			part = part[len(f.Pieces[t]):]
		}
		if control != "" {
			out = append(out, f.Control[control])
		}
		begin = false
	}
	return out, nil
}

// cutControl gives what lies before the first control token, and that token.
func (f *Tokenizer) cutControl(text string) (before, control string) {
	at := len(text)
	for c := range f.Control {
		if i := strings.Index(text, c); i >= 0 && i < at {
			at, control = i, c
		}
	}
	return text[:at], control
}

func (f *Tokenizer) longest(text string) models.Token {
	best := models.Token(text[0])
	for i := 256; i < len(f.Pieces); i++ {
		p := f.Pieces[i]
		if _, control := f.Control[p]; !control && strings.HasPrefix(text, p) && len(p) > len(f.Pieces[best]) {
			best = models.Token(i)
		}
	}
	return best
}

// Piece is of prompt.Tokenizer.
func (f *Tokenizer) Piece(t models.Token, special bool) []byte {
	if f.IsControl(t) && !special {
		return nil
	}
	return []byte(f.Pieces[t])
}

// EndsGeneration is of prompt.Tokenizer.
func (f *Tokenizer) EndsGeneration(t models.Token) bool { return f.Ends[t] }

// BOS is of prompt.Tokenizer.
func (f *Tokenizer) BOS() (models.Token, bool) { return f.BOSToken, f.AddBOS }

// IsControl is of prompt.Tokenizer.
func (f *Tokenizer) IsControl(t models.Token) bool {
	_, ok := f.Control[f.Pieces[t]]
	return ok
}

// PieceNames writes tokens as their pieces, for messages of failures.
func (f *Tokenizer) PieceNames(tokens []models.Token) []string {
	out := []string{}
	for _, t := range tokens {
		out = append(out, string(bytes.ToValidUTF8([]byte(f.Pieces[t]), []byte("?"))))
	}
	return out
}
