package storage

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
)

// ReadSamples reads the samples of a samples file. Errors are those of OpenTable,
// or say which column is not that of a samples file.
func ReadSamples(path string) ([]Sample, error) {
	t, err := OpenTable(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return t.Samples()
}

// Samples reads the samples of a samples file, of a cut one those in its whole
// record batches; the result is the caller's. Columns that came with format 2 are
// null, 0 or empty in a file of format 1.
func (t *Table) Samples() (out []Sample, err error) {
	err = t.each(0, t.Rows(), func(batch int, b *arrowBatch, _ span) error {
		samples, err := t.samplesOf(batch, b)
		out = append(out, samples...)
		return err
	})
	return out, err
}

// sampleFields are the columns that are the same in every samples file.
var sampleFields = sampleSchema(nil, nil).Fields()

func (t *Table) samplesOf(batch int, b *arrowBatch) ([]Sample, error) {
	var numbers [sampleColumns]cells
	var texts [sampleColumns][]*string // nil where null
	out := make([]Sample, b.rows)
	for i, field := range sampleFields {
		if field.Type.ID() == arrow.STRING {
			texts[i] = make([]*string, b.rows)
		}
		if lacksColumn(t.format(), field.Name) {
			continue
		}
		var each func(int, []byte)
		switch {
		case field.Type.ID() == arrow.STRING:
			each = func(row int, text []byte) {
				s := string(text)
				texts[i][row] = &s
			}
		case i == colAlternatives:
			each = func(row int, text []byte) { out[row].Alternatives = append(out[row].Alternatives, string(text)) }
		case i == colAlternativeLogprobs:
			each = func(row int, item []byte) {
				out[row].AlternativeLogprobs = append(out[row].AlternativeLogprobs, floatOf(item))
			}
		}
		var err error
		if numbers[i], err = t.plain(b, t.batches[batch].First, field, each); err != nil {
			return nil, err
		}
	}
	for i := range out {
		out[i] = Sample{
			SampleID: numbers[colSampleID].int64(i), PromptID: *texts[colPromptID][i], Sample: numbers[colSample].int32(i),
			Label: texts[colLabel][i], Group: texts[colGroup][i], Split: texts[colSplit][i], Pair: texts[colPair][i],
			Question: texts[colQuestion][i], Condition: texts[colCondition][i], Style: texts[colStyle][i], Stage: texts[colStage][i],
			ParentSampleID: numbers[colParent].int64OrNil(i), Followup: texts[colFollowup][i],
			Prompt: *texts[colPrompt][i], Response: *texts[colResponse][i], FinishReason: *texts[colFinish][i],
			PromptTokens: numbers[colPromptTokens].int32(i), ResponseTokens: numbers[colResponseTokens].int32(i),
			FirstPosition: numbers[colFirstPosition].int32Or(0, i), Alternatives: out[i].Alternatives, AlternativeLogprobs: out[i].AlternativeLogprobs,
			Seed: numbers[colSeed].int64OrNil(i), Logprob: numbers[colLogprob].floatOrNil(i),
			File: *texts[colFile][i], FirstRow: numbers[colFirstRow].int64(i), Rows: numbers[colRows].int64(i), Meta: *texts[colMeta][i],
		}
	}
	return out, nil
}

// int32Or gives another value where there is no such column.
func (c cells) int32Or(absent int32, i int) int32 {
	if c.bytes == nil {
		return absent
	}
	return c.int32(i)
}

func (c cells) int64OrNil(i int) *int64 {
	if c.null(i) {
		return nil
	}
	x := c.int64(i)
	return &x
}

func (c cells) floatOrNil(i int) *float64 {
	if c.null(i) {
		return nil
	}
	x := floatOf(c.bytes[8*i:])
	return &x
}

func floatOf(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
