package rundir

import "intentprobe/storage/arrowfile"

// ReadSamples reads the samples of a samples file. Errors are those of OpenTable,
// or say which column is not that of a samples file.
func ReadSamples(path string) ([]Sample, error) {
	t, err := OpenTable(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return ReadSamplesOf(t)
}

// ReadSamplesOf reads the samples of a samples file, of a cut one those in its whole
// record batches; the result is the caller's. Columns that came with format 3 are
// 0 in a file of format 2.
func ReadSamplesOf(t *arrowfile.File) (out []Sample, err error) {
	err = t.Each(0, t.Rows(), func(batch int, b *arrowfile.BatchHeader, _ arrowfile.Span) error {
		samples, err := batchSamples(t, batch, b)
		out = append(out, samples...)
		return err
	})
	return out, err
}

func batchSamples(t *arrowfile.File, batch int, b *arrowfile.BatchHeader) ([]Sample, error) {
	out := make([]Sample, b.Rows)
	return out, SampleColumnsOf(t.Schema()).read(t, t.At(batch).First, b, out)
}
