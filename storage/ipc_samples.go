package storage

import (
	"encoding/binary"
	"math"
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
// record batches; the result is the caller's. Columns that came with format 3 are
// 0 in a file of format 2.
func (t *Table) Samples() (out []Sample, err error) {
	err = t.each(0, t.Rows(), func(batch int, b *arrowBatch, _ span) error {
		samples, err := t.samplesOf(batch, b)
		out = append(out, samples...)
		return err
	})
	return out, err
}

func (t *Table) samplesOf(batch int, b *arrowBatch) ([]Sample, error) {
	out := make([]Sample, b.rows)
	return out, samplesFields.read(t, t.batches[batch].First, b, out)
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
