package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
)

// Columns of the samples table, by their place in its schema.
const (
	colSampleID = iota
	colPromptID
	colSample
	colLabel
	colGroup
	colSplit
	colPair
	colQuestion
	colCondition
	colStyle
	colStage
	colParent
	colFollowup
	colPrompt
	colResponse
	colFinish
	colPromptTokens
	colResponseTokens
	colFirstPosition
	colSeed
	colLogprob
	colAlternatives
	colAlternativeLogprobs
	colFile
	colFirstRow
	colRows
	colMeta
	sampleColumns
)

// promptSample stands for a prompt's id and a sample number: the first half of
// their sha256, since a run may have millions.
type promptSample [16]byte

// sampleRange is what the samples table says of the rows of a sample.
type sampleRange struct {
	rows             int64
	prompt, response int32
	given            bool
}

// sampleTable is a group's samples, from the first id on.
type sampleTable struct {
	first  int64
	ranges []sampleRange
}

// samplesFile checks a file of samples from the first id on, whose rows lie in the
// file activations.
// It gives nil where the file could not be read.
func (v *verifier) samplesFile(info FileInfo, first int64, activations string) *sampleTable {
	t := &sampleTable{first: first}
	c := &sampleCheck{verifier: v, file: info.Name, activations: activations, table: t}
	whole := v.table(info, tableCheck{
		hashed: true, batchRows: -1,
		schema: func(*arrow.Schema) *arrow.Schema { return sampleSchema(nil, nil) },
		batch:  c.batch,
	})
	v.samples += int64(len(t.ranges))
	if !whole {
		return nil
	}
	if f, ok := v.files[activations]; ok && f.Rows != c.next {
		v.add(info.Name, "column \"rows\"", "the samples have %d rows; %s has %d", c.next, activations, f.Rows)
	}
	return t
}

// sampleCheck is the check of one file of samples.
type sampleCheck struct {
	*verifier
	file, activations string
	table             *sampleTable
	next              int64 // row at which the next sample begins

	columns [sampleColumns]cells // of the batch at hand
	ids     []byte               // prompt ids, one after another
	ends    []int                // of each in ids
	given   []bool
}

func (c *sampleCheck) batch(_ *fileStream, r *batchReader) error {
	c.ids, c.ends, c.given = c.ids[:0], c.ends[:0], make([]bool, r.rows)
	for i, field := range sampleFields {
		var err error
		if c.columns[i], err = r.plain(field, c.text(i)); err != nil {
			return fmt.Errorf("column %q: %w", field.Name, err)
		}
	}
	if len(c.ids) > maxText {
		return fmt.Errorf("column %q: %d bytes", "prompt_id", len(c.ids))
	}
	for i := range int(r.rows) {
		c.row(i)
	}
	return nil
}

// text gives what checks the texts of a column.
func (c *sampleCheck) text(column int) func(i int, text []byte) {
	first := c.table.first + int64(len(c.table.ranges))
	switch column {
	case colPromptID:
		return func(_ int, text []byte) {
			c.ids = append(c.ids, text...)
			c.ends = append(c.ends, len(c.ids))
		}
	case colFinish:
		return func(i int, text []byte) {
			switch string(text) {
			case "stop", "length":
			case "given":
				c.given[i] = true
			default:
				c.fault(first+int64(i), "finish_reason", "is %q; it must be stop, length or given", text)
			}
		}
	case colFile:
		return func(i int, text []byte) {
			if string(text) != c.activations {
				c.fault(first+int64(i), "file", "is %q; the sample is of %s", text, c.activations)
			}
		}
	case colMeta:
		return func(i int, text []byte) {
			if !json.Valid(text) || !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
				c.fault(first+int64(i), "meta", "is no JSON object")
			}
		}
	}
	return nil
}

func (c *sampleCheck) fault(id int64, column, what string, args ...any) {
	c.add(c.file, fmt.Sprintf("sample %d, column %q", id, column), what, args...)
}

// row checks a row of the batch beside its texts, and keeps its range.
func (c *sampleCheck) row(i int) {
	id := c.table.first + int64(len(c.table.ranges))
	if got := c.columns[colSampleID].int64(i); got != id {
		c.fault(id, "sample_id", "is %d", got)
	}
	c.identity(i, id)
	if p := c.columns[colParent]; !p.null(i) && (p.int64(i) < 0 || p.int64(i) >= id) {
		c.fault(id, "parent_sample_id", "is %d, which comes not before", p.int64(i))
	}
	if p := c.columns[colLogprob]; !p.null(i) {
		if x := math.Float64frombits(uint64(p.int64(i))); !(x <= 0) {
			c.fault(id, "logprob", "is %v; it must be 0 or less", x)
		}
	}
	s := sampleRange{
		rows: c.columns[colRows].int64(i), given: c.given[i],
		prompt: c.columns[colPromptTokens].int32(i), response: c.columns[colResponseTokens].int32(i),
	}
	if s.prompt < 0 || s.response < 0 {
		c.fault(id, "prompt_tokens", "and response_tokens are %d and %d", s.prompt, s.response)
	}
	if at := c.columns[colFirstRow].int64(i); at != c.next {
		c.fault(id, "first_row", "is %d; the sample before ends at %d", at, c.next)
	}
	if n, ok := s.expected(c.spec.Capture.Tokens); s.rows < 0 || ok && s.rows != n {
		c.fault(id, "rows", "is %d; with tokens: %s it must be %d", s.rows, c.spec.Capture.Tokens, n)
	}
	c.next += max(s.rows, 0)
	c.table.ranges = append(c.table.ranges, s)
}

// identity checks that no other sample has the same prompt and number, and that
// the seed is made of them.
func (c *sampleCheck) identity(i int, id int64) {
	from := 0
	if i > 0 {
		from = c.ends[i-1]
	}
	prompt, n := c.ids[from:c.ends[i]], c.columns[colSample].int32(i)
	if n < 0 {
		c.fault(id, "sample", "is %d", n)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s", n, prompt))
	key := promptSample(sum[:16])
	if _, ok := c.prompts[key]; ok {
		c.fault(id, "sample", "sample %d of prompt %q is there twice", n, prompt)
	}
	c.prompts[key] = struct{}{}
	seed := c.columns[colSeed]
	if run := c.spec.Generate.Seed; run != nil && !seed.null(i) {
		if want := sampleSeed(*run, prompt, n); seed.int64(i) != want {
			c.fault(id, "seed", "is %d; it must be %d", seed.int64(i), want)
		}
	}
}
