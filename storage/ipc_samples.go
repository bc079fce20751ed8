package storage

// ReadSamples reads the samples of a samples file. Errors are those of OpenTable,
// or say which column is not that of a samples file.
func ReadSamples(path string) ([]Sample, error) {
	t, err := OpenTable(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return SamplesOf(t)
}

// SamplesOf reads the samples of a samples file, of a cut one those in its whole
// record batches; the result is the caller's. Columns that came with format 3 are
// 0 in a file of format 2.
func SamplesOf(t *Table) (out []Sample, err error) {
	err = t.each(0, t.Rows(), func(batch int, b *arrowBatch, _ span) error {
		samples, err := batchSamples(t, batch, b)
		out = append(out, samples...)
		return err
	})
	return out, err
}

func batchSamples(t *Table, batch int, b *arrowBatch) ([]Sample, error) {
	out := make([]Sample, b.rows)
	return out, samplesFields.read(t, t.At(batch).First, b, out)
}
