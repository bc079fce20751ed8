package rows

import (
	"fmt"
	"math"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// pooling makes items of rows that come in the order of a file.
type pooling struct {
	run, pool, point string
	do               func(x *Sample, row []float32, pooled []float64) error
	values           []float64 // of the sample that has begun
	rows             int       // how many of its rows are in them
	seen             int64     // how many of its rows came
}

// take goes through a piece of a column. Samples are those whose rows lie in the piece or
// after it, in their order; what is returned, those of which more rows may come.
func (p *pooling) take(piece rundir.Piece, samples []*Sample) ([]*Sample, error) {
	width := len(piece.Values) / max(1, piece.Rows)
	for len(samples) > 0 {
		s := samples[0]
		from, to := max(s.FirstRow, piece.First), min(s.FirstRow+s.Rows, piece.First+int64(piece.Rows))
		for row := from; row < to; row++ {
			p.seen++
			if s.chosen != nil && !s.chosen[row-s.FirstRow] {
				continue
			}
			at := int(row-piece.First) * width
			if err := p.add(s, row-s.FirstRow, piece.Values[at:at+width]); err != nil {
				return nil, err
			}
		}
		if s.FirstRow+s.Rows > piece.First+int64(piece.Rows) {
			break
		}
		if p.seen != s.Rows {
			return nil, p.cut(s, piece.First+int64(piece.Rows))
		}
		if err := p.end(s); err != nil {
			return nil, err
		}
		p.seen = 0
		samples = samples[1:]
	}
	return samples, nil
}

// cut is the error that a sample's rows are not all in its file.
func (p *pooling) cut(s *Sample, rows int64) error {
	return &disk.DamageError{Path: s.File, Where: fmt.Sprintf("sample %d", s.SampleID), Err: fmt.Errorf("its %d rows from %d on are not among the %d that are there", s.Rows, s.FirstRow, rows)}
}

// notNumber is the error that a value is NaN or infinite; at is the row's place among those
// of its sample, -1 of a reduction.
func (p *pooling) notNumber(s *Sample, at int64, value float32) error {
	what := fmt.Sprintf("row %d of sample %d", at, s.SampleID)
	if at < 0 {
		what = fmt.Sprintf("the reduction of sample %d", s.SampleID)
	}
	return hint.Usage(fmt.Errorf("%s: %s has %v at %s", p.run, what, value, p.point), "float16 overflows above 65504: run again with ", hint.Key("capture.dtype"), " float32, or leave out the point")
}

// add takes a row of a sample.
func (p *pooling) add(s *Sample, at int64, row []float32) error {
	bits := uint32(0) // the highest is set where the exponent of any value is that of NaN and infinity
	for _, v := range row {
		bits |= math.Float32bits(v)&(0xff<<23) + 1<<23
	}
	if bits>>31 != 0 {
		return p.notNumber(s, at, row[slices.IndexFunc(row, func(v float32) bool { return v-v != 0 })])
	}
	if p.pool == PoolNone {
		return p.do(s, row, nil)
	}
	fresh := p.rows == 0 || p.pool == PoolLast
	if fresh {
		p.values = append(p.values[:0], make([]float64, len(row))...)
	}
	for i, v := range row {
		switch x := float64(v); {
		case fresh:
			p.values[i] = x
		case p.pool == PoolMax:
			p.values[i] = max(p.values[i], x)
		default:
			p.values[i] += x
		}
	}
	p.rows++
	return nil
}

// end gives the item of a sample all whose rows were added.
func (p *pooling) end(s *Sample) error {
	if p.rows == 0 {
		return nil
	}
	if p.pool == PoolMean {
		for i := range p.values {
			p.values[i] /= float64(p.rows)
		}
	}
	p.rows = 0
	return p.do(s, nil, p.values)
}
