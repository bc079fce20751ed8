package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"intentprobe/capture/hint"
)

// Rows are read as often as a method needs, each time the same.
type Rows interface {
	Width() int
	// Each gives the rows block by block. A block lives until the function returns. An error
	// of the function ends the reading and is returned.
	Each(ctx context.Context, do func(*Block) error) error
}

// Block is some rows, [len(Y), width], one after another.
type Block struct {
	X      []float32 // [rows, width]
	Y      []int8    // 1: positive, 0: negative, -1: neither, which only CCS uses
	Fold   []int8    // 0 to 63; -1: of none, never used
	Weight []float32 // nil: 1 each
	Side   []int8    // for CCS: 0 of a statement, 1 of its negation, which is the next row of the same block; nil for other methods
}

// Row gives row i.
func (b *Block) Row(i int) []float32 {
	width := len(b.X) / len(b.Y)
	return b.X[i*width : (i+1)*width]
}

func (b *Block) weight(i int) float64 {
	if b.Weight == nil {
		return 1
	}
	return float64(b.Weight[i])
}

// Folds is a set of folds: bit f is fold f.
type Folds uint64

// MostFolds is how many folds there may be.
const MostFolds = 64

// First gives the folds 0 to n-1.
func First(n int) Folds {
	if n >= MostFolds {
		return math.MaxUint64
	}
	return 1<<n - 1
}

// Without gives the set without some folds.
func (f Folds) Without(out ...int) Folds {
	for _, i := range out {
		f &^= 1 << i
	}
	return f
}

// Has says whether a fold is in the set; -1 is in none.
func (f Folds) Has(fold int8) bool { return fold >= 0 && f>>fold&1 == 1 }

// String lists the folds, as in "0 1 3".
func (f Folds) String() string {
	var names []string
	for i := range MostFolds {
		if f.Has(int8(i)) {
			names = append(names, fmt.Sprint(i))
		}
	}
	return strings.Join(names, " ")
}

// BadRow says that a row cannot be used.
type BadRow struct {
	Row  int64 // counted from 0 in the order of reading
	What string
}

// Error names the row.
func (e *BadRow) Error() string { return fmt.Sprintf("row %d: %s", e.Row, e.What) }

// What training refuses.
var (
	ErrOneClass = errors.New("rows of one class only")
	ErrConstant = errors.New("rows that are all the same")
	ErrSame     = errors.New("classes that do not differ in the mean")
	ErrSingular = errors.New("a covariance that has no inverse")
	ErrPairs    = errors.New("no pairs of a statement and its negation")
)

// refuse is one of these errors of the rows of some folds.
func refuse(train Folds, err error) error {
	next := map[error]string{
		ErrOneClass: "use rows of both classes in each training set: other labels, or fewer folds",
		ErrConstant: "choose other tokens, or another point",
		ErrSame:     "choose other tokens, or another point",
		ErrSingular: "use more rows, or a larger shrinkage",
		ErrPairs:    "each statement's row must be followed by that of its negation",
	}[err]
	return hint.Usage(fmt.Errorf("folds %v have %w", train, err), next)
}

// check refuses a block whose parts do not fit, and values that are not numbers; first is the
// number of its first row.
func (b *Block) check(width int, first int64) error {
	n := len(b.Y)
	switch {
	case len(b.X) != n*width || len(b.Fold) != n || b.Weight != nil && len(b.Weight) != n || b.Side != nil && len(b.Side) != n:
		return fmt.Errorf("fit: a block of %d labels has %d numbers of rows of width %d, %d folds, %d weights, %d sides", n, len(b.X), width, len(b.Fold), len(b.Weight), len(b.Side))
	}
	bad := func(i int, format string, args ...any) error {
		return hint.Usage(&BadRow{first + int64(i), fmt.Sprintf(format, args...)}, "leave the row out, or find out where it comes from")
	}
	for i := range n {
		w := b.weight(i)
		switch {
		case b.Y[i] < -1 || b.Y[i] > 1:
			return bad(i, "the label is %d", b.Y[i])
		case b.Fold[i] < -1 || b.Fold[i] >= MostFolds:
			return bad(i, "the fold is %d; there are %d at most", b.Fold[i], MostFolds)
		case !(w >= 0) || math.IsInf(w, 0):
			return bad(i, "the weight is %v", w)
		case b.Fold[i] < 0:
			continue
		}
		row := b.X[i*width : (i+1)*width]
		sum := float32(0) // NaN where any value is NaN or infinite
		for _, v := range row {
			sum += v * 0
		}
		if sum != sum {
			at := slices.IndexFunc(row, func(v float32) bool { return v-v != 0 })
			return bad(i, "number %d is %v", at, row[at])
		}
	}
	return nil
}

// each reads the blocks with the number of their first row.
func each(ctx context.Context, rows Rows, do func(b *Block, first int64) error) error {
	next := int64(0)
	return rows.Each(ctx, func(b *Block) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		first := next
		next += int64(len(b.Y))
		return do(b, first)
	})
}
