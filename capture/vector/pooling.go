package vector

import (
	"fmt"
	"math"

	"intentprobe/capture/hint"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// pooling makes items of rows that come in the order of a file.
type pooling struct {
	pool, point string
	do          func(item) error
	values      []float64 // of the sample that has begun
	rows        int       // how many of its rows are in them
	seen        int64     // how many of its rows came
}

// take goes through a piece of a column. Samples are those whose rows lie in the piece or
// after it, in their order; what is returned, those of which more rows may come.
func (p *pooling) take(piece rundir.Piece, samples []*sample) ([]*sample, error) {
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
			if err := p.add(s, piece.Values[at:at+width]); err != nil {
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
func (p *pooling) cut(s *sample, rows int64) error {
	return &disk.DamageError{Path: s.File, Where: fmt.Sprintf("sample %d", s.SampleID), Err: fmt.Errorf("its %d rows from %d on are not among the %d that are there", s.Rows, s.FirstRow, rows)}
}

// add takes a row of a sample.
func (p *pooling) add(s *sample, row []float32) error {
	for _, v := range row {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return hint.With(fmt.Errorf("%s: a row of sample %d has %v", p.point, s.SampleID, v), "float16 overflows above 65504: run again with ", hint.Key("capture.dtype"), " float32, or leave out the point")
		}
	}
	fresh := p.rows == 0 || p.pool == PoolLast || p.pool == PoolNone
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
	if p.pool != PoolNone {
		return nil
	}
	p.rows = 0
	return p.do(item{s, p.values})
}

// end gives the item of a sample all whose rows were added.
func (p *pooling) end(s *sample) error {
	if p.rows == 0 {
		return nil
	}
	if p.pool == PoolMean {
		for i := range p.values {
			p.values[i] /= float64(p.rows)
		}
	}
	p.rows = 0
	return p.do(item{s, p.values})
}
