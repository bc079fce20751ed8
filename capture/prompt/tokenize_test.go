package prompt

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/dataset"
	"intentprobe/capture/internal/fake"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/models/chat"
	"intentprobe/storage/rundir"
)

// pieceRole is a token's piece and its role, as one text.
func pieceRoles(t *testing.T, tok *fake.Tokenizer, r *Rendered) []string {
	t.Helper()
	tokens, marks := marked(t, tok, r)
	out := []string{}
	for i, token := range tokens {
		out = append(out, TokenText(tok, token)+"/"+rundir.Roles[marks[i].Role])
	}
	return out
}

// marked tokenises a prompt and marks its tokens.
func marked(t *testing.T, tok Tokenizer, r *Rendered) ([]models.Token, []Mark) {
	t.Helper()
	tokens, err := TokenizeText(tok, r.Text)
	require.NoError(t, err)
	starts, err := Offsets(tok, r.Text, tokens, TokenizeText)
	require.NoError(t, err)
	marks := markPrompt(tok, r, tokens, starts)
	require.Len(t, marks, len(tokens))
	return tokens, marks
}

func chatOf(t *testing.T, messages ...chat.Message) *Rendered {
	t.Helper()
	r, err := rendererOf(t, spec.Chat{Template: "auto"}, fake.ChatML).Render(dataset.Row{Messages: messages})
	require.NoError(t, err)
	return r
}

func raw(text string) *Rendered {
	return userText(text, 0, len(text))
}

// userText is a text of which a part is the user's.
func userText(text string, from, to int) *Rendered {
	return &Rendered{Text: text, spans: []span{{from: from, to: to, role: spec.RoleCode("user")}}, answer: -1, before: -1}
}

func TestRolesOfAChat(t *testing.T) {
	tok := fake.NewTokenizer("user", "assistant", "system", "\n", "Lie", ".", " now")
	got := pieceRoles(t, tok, chatOf(t,
		chat.Message{Role: "system", Content: "Lie."}, chat.Message{Role: "user", Content: "user now"},
		chat.Message{Role: "assistant", Content: "assistant"}, chat.Message{Role: "user", Content: ""}))
	assert.Equal(t, []string{
		"<|im_start|>/template", "system/template", "\n/template", "Lie/system", "./system", "<|im_end|>/template", "\n/template",
		"<|im_start|>/template", "user/template", "\n/template", "user/user", " now/user", "<|im_end|>/template", "\n/template",
		"<|im_start|>/template", "assistant/template", "\n/template", "assistant/assistant", "<|im_end|>/template", "\n/template",
		"<|im_start|>/template", "user/template", "\n/template", "<|im_end|>/template", "\n/template",
		"<|im_start|>/template", "assistant/template", "\n/template",
	}, got)
}

// A token that reaches over an edge belongs to where it begins.
func TestTokensAcrossAnEdge(t *testing.T) {
	tok := fake.NewTokenizer("user\n", "\nHi", "!<", "user")
	text := "user\nHi!<|im_end|>"
	r := userText(text, 5, 8)
	assert.Equal(t, []string{"user\n/template", "H/user", "i/user", "!/user", "<|im_end|>/template"}, pieceRoles(t, tok, r))
	tok.Pieces = append(tok.Pieces, "user\nH")
	assert.Equal(t, []string{"user\nH/template", "i/user", "!/user", "<|im_end|>/template"}, pieceRoles(t, tok, r))
}

func TestBOSIsTheTemplates(t *testing.T) {
	assert.Equal(t, []string{"<s>/template", "Hi/user"}, pieceRoles(t, fake.NewTokenizer("Hi").WithBOS(), raw("Hi")))
}

func TestBOSOfTheTemplateIsNotDoubled(t *testing.T) {
	tok := fake.NewTokenizer("Hi").WithBOS()
	r := userText("<s>Hi", 3, 5)
	assert.Equal(t, []string{"<s>/template", "Hi/user"}, pieceRoles(t, tok, r))
	tok.AddBOS = false
	assert.Equal(t, []string{"<s>/template", "Hi/user"}, pieceRoles(t, tok, r))
}

func TestSpacesThatSentencePieceAdds(t *testing.T) {
	tok := fake.NewTokenizer(" Hi", " you", " user", "\n").WithBOS()
	tok.Space = true
	assert.Equal(t, []string{"<s>/template", " Hi/user", " you/user"}, pieceRoles(t, tok, raw("Hi you")))
	assert.Equal(t, []string{
		"<s>/template", "<|im_start|>/template", " user/template", "\n/template", "H/user", "i/user", "<|im_end|>/template",
		" /template", "\n/template", "<|im_start|>/template", " /template", "a/template",
	}, pieceRoles(t, tok, chatOf(t, turns("Hi")...))[:12])
}

func TestCharactersCutBetweenTokens(t *testing.T) {
	tok := fake.NewTokenizer("\xe6\x97", "\xa5x", "é")
	assert.Equal(t, []string{"é/user", "<0xE6><0x97>/user", "<0xA5>x/user", "<0xF0>/user", "<0x9F>/user", "<0x99>/user", "<0x82>/user"},
		pieceRoles(t, tok, raw("é日x🙂")))
}

func TestTokenTextIsAlwaysUTF8(t *testing.T) {
	tok := fake.NewTokenizer("a\xffb\xc3", "plain ü", "\uFFFD")
	assert.Equal(t, "a<0xFF>b<0xC3>", TokenText(tok, tok.ID("a\xffb\xc3")))
	assert.Equal(t, "plain ü", TokenText(tok, tok.ID("plain ü")))
	assert.Equal(t, "\uFFFD", TokenText(tok, tok.ID("\uFFFD")), "the character itself is no broken byte")
	assert.Equal(t, "<0xE2>", TokenText(tok, 0xE2))
	assert.Equal(t, "日", JoinPieces(tok, []models.Token{0xE6, 0x97, 0xA5}, -1))
	assert.Equal(t, "x\uFFFD", JoinPieces(tok, []models.Token{'x', 0xE6, 0x97}, -1))
}

// Pieces of a normalising tokenizer do not spell the text.
func TestNormalisedTextKeepsItsRoles(t *testing.T) {
	tok := fake.NewTokenizer("user", "assistant", "\n")
	tok.Lower = true
	assert.Equal(t, []string{
		"<|im_start|>/template", "user/template", "\n/template", "a/user", "b/user", "<|im_end|>/template", "\n/template",
		"<|im_start|>/template", "assistant/template", "\n/template",
	}, pieceRoles(t, tok, chatOf(t, turns("AB")...)))
}

// The beginning of a word has more tokens than the word.
func TestNormalisedWordsKeepTheirRoles(t *testing.T) {
	tok := fake.NewTokenizer("user", "assistant", "\n", "hello", " world")
	tok.Lower = true
	assert.Equal(t, []string{"<|im_start|>/template", "user/template", "\n/template", "hello/user", " world/user", "<|im_end|>/template"},
		pieceRoles(t, tok, chatOf(t, turns("HELLO World")...))[:6])
}

func TestNormalisedCharactersOfSeveralTokens(t *testing.T) {
	tok := fake.NewTokenizer("user", "assistant", "\n")
	tok.Lower = true
	assert.Equal(t, []string{"\n/template", "<0xC3>/user", "<0xA0>/user", "b/user", "<|im_end|>/template"},
		pieceRoles(t, tok, chatOf(t, turns("ÀB")...))[2:7])
}

func TestNormalisedTextWithBOS(t *testing.T) {
	tok := fake.NewTokenizer("hi").WithBOS()
	tok.Lower = true
	assert.Equal(t, []string{"<s>/template", "h/user", "e/user", "y/user"}, pieceRoles(t, tok, raw("HEY")))
	r := userText("<s>A;B", 3, 4)
	assert.Equal(t, []string{"<s>/template", "a/user", ";/template", "b/template"}, pieceRoles(t, tok, r), "BOS in the text as well")
}

// Phi-3's control tokens take the white space behind them.
func TestWhiteSpaceDroppedBehindAControlToken(t *testing.T) {
	tok := fake.NewTokenizer("user", "assistant", "hello", " there", "\n")
	tok.Strip = true
	assert.Equal(t, []string{
		"<|im_start|>/template", "user/template", "\n/template", "hello/user", " there/user", "<|im_end|>/template",
		"<|im_start|>/template", "assistant/template", "\n/template",
	}, pieceRoles(t, tok, chatOf(t, turns("hello there")...)))
}

func TestSpellingTextIsTokenisedOnce(t *testing.T) {
	tok := fake.NewTokenizer("Hi")
	marked(t, tok, raw(strings.Repeat("Hi there ", 50)))
	assert.Equal(t, 1, tok.Calls)
}

func TestTokenizerErrorsAreHandedOn(t *testing.T) {
	tok := fake.NewTokenizer()
	tok.Fail = errors.New("no tokens today")
	_, err := TokenizeText(tok, "x")
	assert.ErrorIs(t, err, tok.Fail)
	_, err = TokenizeResponse(tok, "x", nil, "y")
	assert.ErrorIs(t, err, tok.Fail)
}
