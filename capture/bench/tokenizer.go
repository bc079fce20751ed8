package bench

import (
	"strings"

	"intentprobe/models"
)

// tokenize gives the tokens of a text, with BOS in front where the model wants it.
func tokenize(model *models.Model, text string) ([]models.Token, error) {
	tokens, err := model.Tokenize(text, true)
	if bos, add := model.BOS(); err == nil && add && (len(tokens) == 0 || tokens[0] != bos) {
		tokens = append([]models.Token{bos}, tokens...)
	}
	return tokens, err
}

// tokenizer gives prompts the tokens that the bench wants, and keeps the model from
// ending its answers: every run decodes as much.
type tokenizer struct {
	*models.Model
	prompts map[string][]models.Token // by their texts
}

// add gives the text that stands for these tokens.
func (t *tokenizer) add(tokens []models.Token) string {
	var text strings.Builder
	for _, token := range tokens {
		text.Write(t.Piece(token, true))
	}
	t.prompts[text.String()] = tokens
	return text.String()
}

// Tokenize gives the tokens of a prompt that was added, and those of the model for any
// other text.
func (t *tokenizer) Tokenize(text string, parseSpecial bool) ([]models.Token, error) {
	if tokens, ok := t.prompts[text]; ok {
		return tokens, nil
	}
	return t.Model.Tokenize(text, parseSpecial)
}

// BOS adds nothing: prompts have it already, where the model wants it.
func (t *tokenizer) BOS() (models.Token, bool) {
	bos, _ := t.Model.BOS()
	return bos, false
}

// EndsGeneration says of no token that it ends an answer.
func (t *tokenizer) EndsGeneration(models.Token) bool { return false }
