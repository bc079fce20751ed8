package capture

import (
	"bytes"
	"strings"

	"intentprobe/models"
)

// fakeTok is a small tokenizer: the longest piece of its vocabulary at each
// place, single bytes otherwise. Tokens 0 to 255 are the bytes.
type fakeTok struct {
	pieces  []string
	control map[string]models.Token // read as one token if special text is parsed
	ends    map[models.Token]bool   // end of turn
	bos     models.Token            // -1 for none
	addBOS  bool
	space   bool // like SentencePiece: a space before a text and after a control token
	lower   bool // normalises: lower case
	strip   bool // white space behind a control token is dropped
	calls   int
	fail    error
}

// newTok makes one with words, and with the control tokens of ChatML, <s> and </s>.
func newTok(words ...string) *fakeTok {
	f := &fakeTok{control: map[string]models.Token{}, ends: map[models.Token]bool{}, bos: -1}
	for b := range 256 {
		f.pieces = append(f.pieces, string([]byte{byte(b)}))
	}
	for _, c := range []string{"<|im_start|>", "<|im_end|>", "<s>", "</s>"} {
		f.control[c] = models.Token(len(f.pieces))
		f.pieces = append(f.pieces, c)
	}
	f.ends[f.control["<|im_end|>"]], f.ends[f.control["</s>"]] = true, true
	f.pieces = append(f.pieces, words...)
	return f
}

func (f *fakeTok) withBOS() *fakeTok {
	f.bos, f.addBOS = f.control["<s>"], true
	return f
}

func (f *fakeTok) id(piece string) models.Token {
	if t, ok := f.control[piece]; ok {
		return t
	}
	for i, p := range f.pieces {
		if p == piece {
			return models.Token(i)
		}
	}
	panic("no token " + piece)
}

func (f *fakeTok) ids(pieces ...string) []models.Token {
	out := []models.Token{}
	for _, p := range pieces {
		out = append(out, f.id(p))
	}
	return out
}

func (f *fakeTok) Tokenize(text string, parseSpecial bool) ([]models.Token, error) {
	f.calls++
	if f.fail != nil {
		return nil, f.fail
	}
	var out []models.Token
	for begin := true; text != ""; {
		part, control := text, ""
		if parseSpecial {
			part, control = f.cutControl(text)
		}
		text = text[len(part)+len(control):]
		if f.lower {
			part = strings.ToLower(part)
		}
		if f.strip && !begin {
			part = strings.TrimLeft(part, " \n")
		}
		if f.space && part != "" {
			part = " " + part
		}
		for part != "" {
			t := f.longest(part)
			out = append(out, t)
			part = part[len(f.pieces[t]):]
		}
		if control != "" {
			out = append(out, f.control[control])
		}
		begin = false
	}
	return out, nil
}

// cutControl gives what lies before the first control token, and that token.
func (f *fakeTok) cutControl(text string) (before, control string) {
	at := len(text)
	for c := range f.control {
		if i := strings.Index(text, c); i >= 0 && i < at {
			at, control = i, c
		}
	}
	return text[:at], control
}

func (f *fakeTok) longest(text string) models.Token {
	best := models.Token(text[0])
	for i := 256; i < len(f.pieces); i++ {
		p := f.pieces[i]
		if _, control := f.control[p]; !control && strings.HasPrefix(text, p) && len(p) > len(f.pieces[best]) {
			best = models.Token(i)
		}
	}
	return best
}

func (f *fakeTok) Piece(t models.Token, special bool) []byte {
	if f.IsControl(t) && !special {
		return nil
	}
	return []byte(f.pieces[t])
}

func (f *fakeTok) EndsGeneration(t models.Token) bool { return f.ends[t] }
func (f *fakeTok) BOS() (models.Token, bool)          { return f.bos, f.addBOS }

func (f *fakeTok) IsControl(t models.Token) bool {
	_, ok := f.control[f.pieces[t]]
	return ok
}

// pieceNames writes tokens as their pieces, for messages of failures.
func (f *fakeTok) pieceNames(tokens []models.Token) []string {
	out := []string{}
	for _, t := range tokens {
		out = append(out, string(bytes.ToValidUTF8([]byte(f.pieces[t]), []byte("?"))))
	}
	return out
}
