package rundir

import (
	"fmt"
	"iter"
	"path/filepath"
)

// Piece is some rows of a column of activations, one after another in one file.
type Piece struct {
	Group  Group     // that the rows are of
	First  int64     // the first of them, counted in the group's file
	Rows   int       // how many
	Shape  []int     // of the tensor of a row
	Values []float32 // the tensors, one after another, each in row-major order
}

// columnPiece is about how much of a column a Piece has.
const columnPiece = 1 << 20

// Column goes through a column of activations, all groups in order and of each all
// rows: those of sample s, of the group g, lie from s.FirstRow to s.FirstRow+s.Rows. Of
// each file the column is read and nothing else; each is opened once; memory holds
// about a MiB, or one row. Values are float32 as in Activations, and valid until the
// next piece. After an error nothing more comes.
func (r *Run) Column(name string) iter.Seq2[Piece, error] { return r.columns("activations", name) }

// Reduction is Column for a column of reductions in the samples table, such as
// "blocks.7.hook_resid_post.mean": a piece's rows are samples, counted in the group's file
// of samples. Where a sample has none, its values are of no meaning; ReducedTokens says so.
func (r *Run) Reduction(name string) iter.Seq2[Piece, error] { return r.columns("samples", name) }

func (r *Run) columns(kind, name string) iter.Seq2[Piece, error] {
	return func(yield func(Piece, error) bool) {
		var values []float32
		for _, g := range r.Groups {
			more, err := r.columnOf(g, kind, name, &values, yield)
			if err != nil {
				yield(Piece{}, err)
			}
			if err != nil || !more {
				return
			}
		}
	}
}

// columnOf goes through the column of one group; values is memory that is used again.
func (r *Run) columnOf(g Group, kind, name string, values *[]float32, yield func(Piece, error) bool) (more bool, err error) {
	t, err := OpenTable(filepath.Join(r.Dir, GroupFile(kind, g.Number)))
	if err != nil {
		return false, err
	}
	defer t.Close()
	of, err := t.Tensor(name)
	if err != nil {
		return false, err
	}
	step := max(1, columnPiece/int64(of.RowBytes()))
	for from := int64(0); from < t.Rows(); from += step {
		to := min(from+step, t.Rows())
		if *values, err = t.AppendFloats((*values)[:0], name, from, to); err != nil {
			return false, fmt.Errorf("%s: %w", t.Path(), err)
		}
		if !yield(Piece{Group: g, First: from, Rows: int(to - from), Shape: of.Shape, Values: *values}, nil) {
			return false, nil
		}
	}
	return true, nil
}
