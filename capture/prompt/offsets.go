package prompt

import (
	"slices"
	"strings"
	"unicode/utf8"

	"intentprobe/models"
)

// aligner finds where tokens begin in the text that they were made of.
type aligner struct {
	tok    Tokenizer
	text   string
	tokens []models.Token
	again  TokenizeFunc // the way that gave the tokens
	starts []int
}

// Offsets finds the byte at which each token begins in the text, -1 for one that
// has no text there (BOS). Where pieces do not spell the text (a tokenizer that
// normalises it), parts of the text are tokenised again, in the way that gave the
// tokens, to find the way back.
func Offsets(tok Tokenizer, text string, tokens []models.Token, again TokenizeFunc) ([]int, error) {
	a := &aligner{tok, text, tokens, again, make([]int, len(tokens))}
	from, first, ok := a.spell()
	if ok {
		return a.starts, nil
	}
	return a.starts, a.divide(Stretch{from, len(text)}, first, len(tokens))
}

// spell follows the text piece by piece. Where a piece is not there, it gives the
// last control token before, from which on the tokens are to be found in another way.
func (a *aligner) spell() (from, first int, ok bool) {
	at := 0
	for i, t := range a.tokens {
		piece := string(a.tok.Piece(t, true))
		control := a.tok.IsControl(t)
		skip, length := 0, a.spelt(at, i, piece)
		behind := i > 0 && a.tok.IsControl(a.tokens[i-1])
		if length < 0 && (control || behind) || length == 0 && behind && !a.follows(at, i+1) {
			// Some control tokens swallow the white space around them (Phi-3).
			skip = len(a.text[at:]) - len(strings.TrimLeft(a.text[at:], " \t\n\r"))
			length = a.spelt(at+skip, i, piece)
		}
		switch {
		case length >= 0:
			a.starts[i] = at + skip
			if control && at+skip > 0 { // else what stands before any text (BOS) is made with it
				from, first = at+skip, i
			}
			at += skip + length
		case control:
			a.starts[i] = -1
		default:
			return from, first, false
		}
	}
	return 0, 0, true
}

// follows says whether token i stands at a place of the text.
func (a *aligner) follows(at, i int) bool {
	return i >= len(a.tokens) || matches(a.text[at:], string(a.tok.Piece(a.tokens[i], true))) >= 0
}

// spelt says how many bytes at a place of the text are those of token i's piece. A
// space in front of a piece that begins a text, or follows a control token, may be
// SentencePiece's own: where a space stands there too, what follows decides.
func (a *aligner) spelt(at, i int, piece string) int {
	length := spelt(a.text[at:], piece)
	rest, spaced := strings.CutPrefix(piece, " ")
	if begins := i == 0 || a.tok.IsControl(a.tokens[i-1]); length > len(rest) && spaced && begins && !a.spells(at+length, i+1) {
		if own := matches(a.text[at:], rest); own >= 0 && a.spells(at+own, i+1) {
			return own
		}
	}
	return length
}

// spells says whether tokens from i on spell the text from a place on, up to the next
// control token.
func (a *aligner) spells(at, i int) bool {
	for ; i < len(a.tokens); i++ {
		length := matches(a.text[at:], string(a.tok.Piece(a.tokens[i], true)))
		if control := a.tok.IsControl(a.tokens[i]); control || length < 0 {
			return control && length >= 0
		}
		at += length
	}
	return at == len(a.text)
}

// space is how SentencePiece writes one. It reads both as the same.
const space = "\u2581"

// spelt says how many bytes at the head of the text are those of a piece, but for
// the space that SentencePiece puts before a text; -1 where it is not there.
func spelt(text, piece string) int {
	if at := matches(text, piece); at >= 0 {
		return at
	}
	if rest, ok := strings.CutPrefix(piece, " "); ok {
		return matches(text, rest)
	}
	return -1
}

func matches(text, piece string) int {
	at := 0
	for i := range len(piece) {
		switch {
		case at < len(text) && text[at] == piece[i]:
			at++
		case piece[i] == ' ' && strings.HasPrefix(text[at:], space):
			at += len(space)
		default:
			return -1
		}
	}
	return at
}

// leaf is the length of a text in bytes of which every beginning is tokenised.
const leaf = 48

// divide finds the tokens i to j in a part of the text that is tokenised as these: in
// two halves, cut where that leaves the tokens as they are, and so on.
func (a *aligner) divide(part Stretch, i, j int) error {
	if part.To-part.From > leaf && j-i > 1 {
		for _, cut := range a.cuts(part) {
			left, err := a.tokenise(Stretch{part.From, cut})
			if err != nil {
				return err
			}
			k := i + len(left)
			if k > j || !slices.Equal(left, a.tokens[i:k]) {
				continue
			}
			right, err := a.tokenise(Stretch{cut, part.To})
			if err != nil {
				return err
			}
			if slices.Equal(right, a.tokens[k:j]) {
				if err := a.divide(Stretch{part.From, cut}, i, k); err != nil {
					return err
				}
				return a.divide(Stretch{cut, part.To}, k, j)
			}
		}
	}
	return a.byPrefix(part, i, j)
}

// tokenise gives the tokens of a part of the text as it stands there.
func (a *aligner) tokenise(part Stretch) ([]models.Token, error) {
	if part.From == 0 {
		return a.again(a.tok, a.text[:part.To])
	}
	return TokenizeAfter(a.tok, a.text[part.From:part.To])
}

// mostCuts is how many places are tried to cut a part of the text, on each side of
// its middle, before white space and elsewhere.
const mostCuts = 4

// cuts gives places near the middle of a part of the text: before white space, after
// which a new word begins, and then between any two characters.
func (a *aligner) cuts(part Stretch) (out []int) {
	middle := (part.From + part.To) / 2
	for _, words := range []bool{true, false} {
		for _, step := range []int{-1, 1} {
			found := 0
			for at := middle; at > part.From && at < part.To && found < mostCuts; at += step {
				if white(a.text[at]) && !white(a.text[at-1]) || !words && utf8.RuneStart(a.text[at]) {
					out, found = append(out, at), found+1
				}
			}
		}
	}
	return out
}

func white(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// byPrefix takes as the start of a token the longest beginning of the part that is
// tokenised as the tokens before it. A token that no beginning ends at lies inside a
// character, and starts where that does. A token that is there before any text (BOS)
// has none.
func (a *aligner) byPrefix(part Stretch, i, j int) error {
	for k := i; k < j; k++ {
		a.starts[k] = -1
	}
	for at := part.From; at <= part.To; {
		before, err := a.tokenise(Stretch{part.From, at})
		if err != nil {
			return err
		}
		if _, ok := cutPrefix(a.tokens[i:j], before); ok && len(before) < j-i {
			a.starts[i+len(before)] = at
		}
		_, size := utf8.DecodeRuneInString(a.text[at:])
		at += max(1, size)
	}
	for k := i + 1; k < j; k++ {
		if a.starts[k] < 0 && a.starts[k-1] >= 0 {
			a.starts[k] = a.starts[k-1]
		}
	}
	return nil
}
