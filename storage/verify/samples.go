package verify

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// samplesFile checks a file of samples from the first id on, whose rows lie in the
// file activations.
// It gives nil where the file could not be read.
func (v *verifier) samplesFile(info rundir.FileInfo, first int64, activations string) *sampleTable {
	t := &sampleTable{first: first}
	c := &sampleCheck{verifier: v, file: info.Name, activations: activations, table: t}
	whole := v.table(info, tableCheck{
		hashed: true, batchRows: -1,
		schema: func(got *arrow.Schema) *arrow.Schema {
			v.peek(activations)
			c.optional = v.optionalSamples(got)
			return rundir.InFormat(v.m.FormatVersion, rundir.SampleSchema(c.optional...))
		},
		batch: c.batch,
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

	columns  []arrowfile.Values // of the batch at hand
	texts    sampleTexts
	optional []arrow.Field
}

// sampleTexts are the texts of a batch that others are held against.
type sampleTexts struct {
	ids              []byte // prompt ids, one after another
	ends             []int  // of each in ids
	given, stopped   []bool
	knowledge        []bool
	followups        []string // empty for none
	names, alogprobs []int    // how many alternatives, and values of them
}

func (c *sampleCheck) batch(s *arrowfile.Scanner, r *arrowfile.BatchReader) error {
	c.texts = sampleTexts{
		ids: c.texts.ids[:0], ends: c.texts.ends[:0], given: make([]bool, r.Rows), stopped: make([]bool, r.Rows), knowledge: make([]bool, r.Rows),
		followups: make([]string, r.Rows), names: make([]int, r.Rows), alogprobs: make([]int, r.Rows),
	}
	first := len(c.table.ranges)
	c.columns = make([]arrowfile.Values, len(rundir.RequiredSampleFields))
	for i, field := range rundir.RequiredSampleFields {
		if rundir.LacksColumn(c.m.FormatVersion, field.Name) {
			continue
		}
		var err error
		if c.columns[i], err = r.Plain(field, c.text(i)); err != nil {
			return fmt.Errorf("column %q: %w", field.Name, err)
		}
	}
	if len(c.texts.ids) > arrowfile.MaxText {
		return fmt.Errorf("column %q: %d bytes", "prompt_id", len(c.texts.ids))
	}
	for i := range int(r.Rows) {
		c.row(i)
	}
	return c.others(s, r, c.table.ranges[first:])
}

// text gives what checks the texts of a column.
func (c *sampleCheck) text(column int) func(i int, text []byte) {
	first := c.table.first + int64(len(c.table.ranges))
	switch column {
	case colPromptID:
		return func(_ int, text []byte) {
			c.texts.ids = append(c.texts.ids, text...)
			c.texts.ends = append(c.texts.ends, len(c.texts.ids))
		}
	case colFinish:
		return func(i int, text []byte) {
			switch string(text) {
			case "stop":
				c.texts.stopped[i] = true
			case "length":
			case "given":
				c.texts.given[i] = true
			default:
				c.fault(first+int64(i), "finish_reason", "is %q; it must be stop, length or given", text)
			}
		}
	case colStage:
		return func(i int, text []byte) {
			if c.texts.knowledge[i] = string(text) == "knowledge"; !c.texts.knowledge[i] {
				c.fault(first+int64(i), "stage", "is %q; it must be knowledge or null", text)
			}
		}
	case colFollowup:
		return func(i int, text []byte) {
			if c.texts.followups[i] = string(text); len(text) == 0 {
				c.fault(first+int64(i), "followup", "is empty; it must be a name or null")
			}
		}
	case colAlternatives:
		return func(i int, _ []byte) { c.texts.names[i]++ }
	case colAlternativeLogprobs:
		return func(i int, item []byte) {
			if c.texts.alogprobs[i]++; !(arrowfile.FloatOf(item) <= 0) {
				c.fault(first+int64(i), "alternative_logprobs", "has %v; they must be 0 or less", arrowfile.FloatOf(item))
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
