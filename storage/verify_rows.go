package storage

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/arrow"
)

// sampleSeed is the seed that a sample has by docs/format.md. Where all bits
// were set, which llama.cpp takes as "choose at random", it is 0.
func sampleSeed(run int64, prompt []byte, sample int32) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%d", run, prompt, sample))
	seed := binary.LittleEndian.Uint32(sum[:])
	if seed == math.MaxUint32 {
		seed = 0
	}
	return int64(seed)
}

// expected is how many rows the sample has; false where the spec does not say.
func (s sampleRange) expected(tokens string) (int64, bool) {
	prompt, response := int64(s.prompt), int64(s.response)
	switch tokens {
	case "all":
		return prompt + response, true
	case "prompt":
		return prompt, true
	case "response":
		return response, true
	case "last":
		return min(1, prompt+response), true
	}
	return 0, false
}

// position is that of the n-th row of the sample; false where it is not known.
func (s sampleRange) position(tokens string, n int64) (int64, bool) {
	switch tokens {
	case "all", "prompt":
		return n, true
	case "response":
		return int64(s.prompt) + n, true
	case "last":
		return int64(s.prompt) + int64(s.response) - 1, true
	}
	return 0, false
}

// phase is the code that a position has.
func (s sampleRange) phase(position int32) int8 {
	switch p := int64(position); {
	case p < int64(s.prompt):
		return 0
	case p < int64(s.prompt)+int64(s.response):
		return 1
	}
	return 2
}

// Columns of activations, by their place in the schema.
const (
	rowSampleID = iota
	rowPosition
	rowTokenID
	rowToken
	rowPhase
	rowRole
	rowTurn
	rowGenerated
	rowReasoning
	rowLogprob
	rowEntropy
	rowSpans
	rowColumns
)

// rowCheck is the check of one file of activations.
type rowCheck struct {
	*verifier
	file    string
	samples *sampleTable // nil where it could not be read
	at      int          // of the samples, that of the row at hand
	row     int64        // within the sample
	last    int32        // position of the row before, -1 for none
	columns [rowColumns]cells
}

// activationsFile checks a file of activations against the samples that lie in
// it.
func (v *verifier) activationsFile(info FileInfo, samples *sampleTable) {
	c := &rowCheck{verifier: v, file: info.Name, samples: samples, last: -1}
	check := tableCheck{
		hashed: !v.quick, batchRows: int64(v.m.Engine.MicroBatch),
		schema: func(got *arrow.Schema) *arrow.Schema {
			if v.columns == nil {
				v.columns = v.promisedColumns(got)
			}
			return activationSchema(v.columns)
		},
		batch: c.batch,
	}
	if v.quick {
		check.batch = nil
	}
	v.table(info, check)
	v.rows += info.Rows
}

func (c *rowCheck) batch(s *fileStream, r *batchReader) error {
	for i, field := range plainFields {
		var err error
		if c.columns[i], err = r.plain(field, nil); err != nil {
			return fmt.Errorf("column %q: %w", field.Name, err)
		}
	}
	for i := range int(r.rows) {
		c.plainRow(i, r.first+int64(i))
	}
	for i, column := range c.verifier.columns {
		if err := c.tensors(s, r, i, column); err != nil {
			return fmt.Errorf("column %q: %w", column.Name, err)
		}
	}
	return nil
}

func (c *rowCheck) fault(row int64, column int, what string, args ...any) {
	c.add(c.file, fmt.Sprintf("row %d, column %q", row, plainFields[column].Name), what, args...)
}

// plainRow checks row i of the batch, which is row at of the file, beside its
// activations.
func (c *rowCheck) plainRow(i int, at int64) {
	if id := c.columns[rowTokenID].int32(i); id < 0 {
		c.fault(at, rowTokenID, "is %d", id)
	}
	phase, role := c.columns[rowPhase].int8(i), c.columns[rowRole].int8(i)
	if phase < 0 || int(phase) >= len(Phases) {
		c.fault(at, rowPhase, "has the code %d, and there are %d", phase, len(Phases))
	}
	if role < 0 || int(role) >= len(Roles) {
		c.fault(at, rowRole, "has the code %d, and there are %d", role, len(Roles))
	}
	if c.columns[rowGenerated].bool(i) && phase == 0 {
		c.fault(at, rowGenerated, "is true in a prompt")
	}
	position := c.columns[rowPosition].int32(i)
	c.scores(i, at, phase, position)
	c.place(i, at, phase, position)
}
