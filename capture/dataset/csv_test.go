package dataset

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/capture/spec"
	"intentprobe/models/chat"
)

func TestCSVQuotes(t *testing.T) {
	r := rows(t, "a.csv", "\ufeffid,prompt,label\r\na,\"one, two\",lie\r\nb,\"a \"\"word\"\"\r\nand a line\",truth\r\nc,  plain  ,x\r\n")
	require.Len(t, r, 3)
	assert.Equal(t, "one, two", r[0].Prompt)
	assert.Equal(t, "a \"word\"\r\nand a line", r[1].Prompt)
	assert.Equal(t, "  plain  ", r[2].Prompt)
	assert.Equal(t, []string{"a", "b", "c"}, []string{r[0].ID, r[1].ID, r[2].ID})
	assert.Equal(t, "truth", *r[1].Label)
	assert.Contains(t, r[2].Place, "a.csv:5", "a quoted line break is a line of the file")
}

func TestCSVLineNumbersInErrors(t *testing.T) {
	badRows(t, "a.csv", "id,prompt\na,\"two\nlines\"\nb,\n", "a.csv:4:", "empty")
	badRows(t, "b.csv", "id,prompt\na,x\n\na,y\n", "b.csv:4:", `"a"`, "b.csv:2")
	badRows(t, "c.csv", "id,prompt\na,x\nb\n", "c.csv:3: 1 fields; the header has 2")
	badRows(t, "d.csv", "id,prompt\na,x,y\n", "d.csv:2: 3 fields; the header has 2")
	badRows(t, "e.csv", "prompt\nx\n\"open\n", "e.csv:3:", "never closed")
	badRows(t, "f.csv", "prompt\na\"b\n", "f.csv:2:", "a quote inside")
}

func TestCSVWithoutThePromptColumn(t *testing.T) {
	hint := badRows(t, "a.csv", "id,promt,label\n1,x,y\n", "a.csv", `no column "prompt"`)
	assert.Regexp(t, `prompts.column.*nearest: promt(,|$)`, hint)
	_, err := Read(spec.Prompts{File: expect.File(t, "b.csv", "id,question\n1,x\n"), Column: "qestion"})
	hint = expect.Refused(t, err, `no column "qestion"`)
	assert.Regexp(t, `nearest: question(,|$)`, hint)
}

// A name that looks like the one that is missing is shown as it is.
func TestColumnsWithWhatCannotBeSeen(t *testing.T) {
	for _, name := range []string{"prompt ", "\u200bprompt", "prompt\u00a0"} {
		hint := badRows(t, "a.csv", name+",label\nx,y\n", `no column "prompt"`)
		assert.Regexp(t, `nearest: "[^"]+"`, hint)
	}
}

func TestCSVColumnTwice(t *testing.T) {
	badRows(t, "a.csv", "prompt,label,label\nx,a,b\n", "a.csv", `"label"`, "twice")
	badRows(t, "b.csv", "prompt,prompt\nx,y\n", "b.csv", `"prompt"`, "twice")
}

func TestPromptColumnPicksAnother(t *testing.T) {
	d, err := Read(spec.Prompts{File: expect.File(t, "a.csv", "id,question,prompt,note\n1,Is it?,old,n\n"), Column: "question"})
	require.NoError(t, err)
	r := d.Rows[0]
	assert.Equal(t, "Is it?", r.Prompt)
	assert.JSONEq(t, `{"prompt_column":"old","note":"n"}`, r.Meta, "the column named prompt is kept as metadata")
}

func TestPromptColumnOfLinesOfText(t *testing.T) {
	_, err := Read(spec.Prompts{File: expect.File(t, "a.txt", "x\n"), Column: "question"})
	expect.Refused(t, err, "prompts.column", "a.txt")
}

func TestEmptyCellsAreNoValues(t *testing.T) {
	r := rows(t, "a.csv", "id,prompt,label,group,note\n,x,,,\nb,y,l,g,n\n")
	assert.Equal(t, "0", r[0].ID)
	assert.Nil(t, r[0].Label)
	assert.Nil(t, r[0].Group)
	assert.Equal(t, "{}", r[0].Meta)
	assert.Equal(t, []*string{ptr("l"), ptr("g")}, []*string{r[1].Label, r[1].Group})
	assert.JSONEq(t, `{"note":"n"}`, r[1].Meta)
}

// A column of responses with some cells empty has rows to score and rows to
// sample; nobody means to score a response of no text.
func TestEmptyResponseCellIsNoResponse(t *testing.T) {
	r := rows(t, "a.csv", "prompt,response\nscored,yes\nsampled,\n")
	require.Len(t, r, 2)
	assert.Equal(t, ptr("yes"), r[0].Response)
	assert.Nil(t, r[1].Response)
}

func TestCellsAreTexts(t *testing.T) {
	r := rows(t, "a.csv", "id,prompt,label,year\n007,1,1.0,1999\n")
	assert.Equal(t, []string{"007", "1", "1.0"}, []string{r[0].ID, r[0].Prompt, *r[0].Label})
	assert.JSONEq(t, `{"year":"1999"}`, r[0].Meta)
}

func TestMessagesStandInACellAsJSON(t *testing.T) {
	r := rows(t, "a.csv", "messages\n\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"Hi\"\"}]\"\n")
	assert.Equal(t, []chat.Message{{Role: "user", Content: "Hi"}}, r[0].Messages)
	badRows(t, "a.csv", "prompt,messages\n,\"[{\"\"role\"\":\"\"user\"\"}]\"\n", "a.csv:2:", `"messages"`, "content")
	badRows(t, "b.csv", "prompt,messages\n,\"[{'role': 'user', 'content': 'Hi'}]\"\n", "b.csv:2:", `"messages"`, "not a list in JSON", "a key in double quotes")
}

func TestLineEndsInQuotesAreKept(t *testing.T) {
	r := rows(t, "a.csv", "id,prompt\r\na,\"1\r\n2\n3\r4\r\r\n5\"\r\nb,x\nc,y\rd,\"z\"\n\r\n\n")
	require.Len(t, r, 4, "LF, CRLF and CR end a row")
	assert.Equal(t, "1\r\n2\n3\r4\r\r\n5", r[0].Prompt)
	assert.Equal(t, []string{"x", "y", "z"}, []string{r[1].Prompt, r[2].Prompt, r[3].Prompt})
	badRows(t, "b.csv", "id,prompt\r\na,\"1\r\n2\n3\r4\"\r\nb,\n", "b.csv:6:", "empty")
	badRows(t, "c.csv", "id,prompt\na,\"x\" y\n", "c.csv:2:", "follows the closing quote")
}

func TestTabsBetweenColumns(t *testing.T) {
	r := rows(t, "a.tsv", "id\tprompt\tlabel\na\tHe said \"no\", twice\tx\nb\t\"a\tb\"\"\r\n\"\t\n")
	require.Len(t, r, 2)
	assert.Equal(t, []string{`He said "no", twice`, "a\tb\"\r\n"}, []string{r[0].Prompt, r[1].Prompt})
	assert.Nil(t, r[1].Label)
}
