package rows

import (
	"context"

	"intentprobe/storage/rundir"
)

// Item is a row, or the pooled rows of a sample. Its values are valid until the next.
type Item struct {
	*Sample
	Values []float64
}

// Each goes through the items of a point, in the order of the files. Memory: a MiB, and an
// item. A value that is no number is an error that names run, sample, row and point.
func (s *Source) Each(ctx context.Context, point string, do func(Item) error) error {
	var wide []float64
	return s.each(ctx, point, func(x *Sample, row []float32, pooled []float64) error {
		if pooled == nil {
			wide = wide[:0]
			for _, v := range row {
				wide = append(wide, float64(v))
			}
			pooled = wide
		}
		return do(Item{x, pooled})
	})
}

// EachRow is Each whose values are float32, as rows have them.
func (s *Source) EachRow(ctx context.Context, point string, do func(x *Sample, values []float32) error) error {
	var narrow []float32
	return s.each(ctx, point, func(x *Sample, row []float32, pooled []float64) error {
		if row == nil {
			narrow = narrow[:0]
			for _, v := range pooled {
				narrow = append(narrow, float32(v))
			}
			row = narrow
		}
		return do(x, row)
	})
}

// each gives the items: those that are rows as float32, those that are pooled as float64.
func (s *Source) each(ctx context.Context, point string, do func(x *Sample, row []float32, pooled []float64) error) error {
	p := pooling{run: s.Run.Dir, pool: s.Pool, point: point, do: do}
	if s.Reduced {
		p.pool = PoolNone
		return s.eachReduced(ctx, &p)
	}
	var left []*Sample // of the group: their rows are still to come
	group, rows := -1, int64(0)
	for piece, err := range s.Run.Column(point) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if number := piece.Group.Number; number != group {
			if len(left) > 0 {
				return p.cut(left[0], rows)
			}
			group, left = number, s.files[rundir.GroupFile("activations", number)]
		}
		rows = piece.First + int64(piece.Rows)
		if left, err = p.take(piece, left); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		return p.cut(left[0], rows)
	}
	return nil
}

func (s *Source) eachReduced(ctx context.Context, p *pooling) error {
	place, at := 0, 0 // among all samples, and those that are of a class
	for piece, err := range s.Run.Reduction(p.point + "." + s.Pool) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		width := len(piece.Values) / max(1, piece.Rows)
		for i := range piece.Rows {
			if at < len(s.Samples) && s.Samples[at].place == place {
				if x := &s.Samples[at]; !x.None {
					if err := p.add(x, -1, piece.Values[i*width:(i+1)*width]); err != nil {
						return err
					}
				}
				at++
			}
			place++
		}
	}
	return nil
}
