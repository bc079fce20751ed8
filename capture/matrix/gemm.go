package matrix

import (
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// The kernel adds to rows × columns numbers of the product at once.
const (
	kernelRows    = 4
	kernelColumns = 12
)

// The sizes of what is multiplied at once: packed, [blockRows, blockSum] stays in the second
// cache, and [blockSum, blockColumns] in the third.
const (
	blockSum     = 256
	blockRows    = 24 * kernelRows
	blockColumns = 40 * kernelColumns
)

// Gemm is C = β·C + α·A·B, of matrices that may be transposed, as blas64.Gemm. C must share no
// memory with the others. Shapes that do not fit are a panic.
func Gemm(tA, tB blas.Transpose, alpha float64, a, b blas64.General, beta float64, c blas64.General) {
	k := a.Cols
	if tA != blas.NoTrans {
		k = a.Rows
	}
	if !fit(tA, tB, a, b, c) {
		panic("matrix: shapes that do not fit")
	}
	if !fast {
		blas64.Gemm(tA, tB, alpha, a, b, beta, c)
		return
	}
	threads := min(runtime.GOMAXPROCS(0), 1+c.Rows*c.Cols*k>>21)
	p := &product{tA != blas.NoTrans, tB != blas.NoTrans, alpha, beta, a, b, c}
	if threads == 1 {
		p.part(0, c.Rows, 0, c.Cols)
		return
	}
	var wait sync.WaitGroup
	for i := range threads {
		if c.Rows >= c.Cols {
			wait.Go(func() { p.part(c.Rows*i/threads, c.Rows*(i+1)/threads, 0, c.Cols) })
		} else {
			wait.Go(func() { p.part(0, c.Rows, c.Cols*i/threads, c.Cols*(i+1)/threads) })
		}
	}
	wait.Wait()
}

// fit says whether the shapes do.
func fit(tA, tB blas.Transpose, a, b, c blas64.General) bool {
	rows, k := a.Rows, a.Cols
	if tA != blas.NoTrans {
		rows, k = k, rows
	}
	from, columns := b.Rows, b.Cols
	if tB != blas.NoTrans {
		from, columns = columns, from
	}
	if rows != c.Rows || columns != c.Cols || k != from {
		return false
	}
	for _, m := range []blas64.General{a, b, c} {
		if m.Stride < m.Cols || m.Rows > 0 && len(m.Data) < (m.Rows-1)*m.Stride+m.Cols {
			return false
		}
	}
	return true
}

// product is one call of Gemm.
type product struct {
	tA, tB      bool
	alpha, beta float64
	a, b, c     blas64.General
}

// part computes some rows and columns (Goto and van de Geijn 2008).
func (p *product) part(row, endRow, column, endColumn int) {
	for i := row; i < endRow; i++ {
		to := p.c.Data[i*p.c.Stride+column : i*p.c.Stride+endColumn]
		switch p.beta {
		case 0:
			clear(to)
		case 1:
		default:
			for j := range to {
				to[j] *= p.beta
			}
		}
	}
	sum := p.a.Cols
	if p.tA {
		sum = p.a.Rows
	}
	memory := buffers.Get().(*packed)
	defer buffers.Put(memory)
	for j := column; j < endColumn; j += blockColumns {
		columns := min(blockColumns, endColumn-j)
		for k := 0; k < sum; k += blockSum {
			n := min(blockSum, sum-k)
			pack(memory.b[:], p.b, !p.tB, j, columns, k, n, kernelColumns, 1)
			for i := row; i < endRow; i += blockRows {
				rows := min(blockRows, endRow-i)
				pack(memory.a[:], p.a, p.tA, i, rows, k, n, kernelRows, p.alpha)
				p.block(memory, i, rows, j, columns, n)
			}
		}
	}
}

// packed is the memory for what is multiplied at once.
type packed struct {
	a [blockRows * blockSum]float64
	b [blockColumns * blockSum]float64
}

var buffers = sync.Pool{New: func() any { return &packed{} }}

// pack copies vectors first to first+count-1 of a matrix, from number k on, in groups of size
// that lie side by side, with zeros where a group is not full. Vectors are rows, or columns.
func pack(to []float64, m blas64.General, columns bool, first, count, k, n, size int, by float64) {
	for group := 0; group < count; group += size {
		of := to[group*n : (group+size)*n]
		full := min(size, count-group)
		if columns {
			for i := range n {
				from := m.Data[(k+i)*m.Stride+first+group:][:full]
				at := of[i*size : (i+1)*size]
				for v, x := range from {
					at[v] = by * x
				}
				clear(at[full:])
			}
			continue
		}
		if full < size {
			clear(of)
		}
		for v := range full {
			from := m.Data[(first+group+v)*m.Stride+k:][:n]
			for i, x := range from {
				of[i*size+v] = by * x
			}
		}
	}
}

// block multiplies what is packed.
func (p *product) block(memory *packed, row, rows, column, columns, n int) {
	var edge [kernelRows * kernelColumns]float64
	for j := 0; j < columns; j += kernelColumns {
		b := &memory.b[j*n]
		for i := 0; i < rows; i += kernelRows {
			a := &memory.a[i*n]
			at := (row+i)*p.c.Stride + column + j
			if i+kernelRows <= rows && j+kernelColumns <= columns {
				kernel(n, a, b, &p.c.Data[at], p.c.Stride)
				continue
			}
			clear(edge[:])
			kernel(n, a, b, &edge[0], kernelColumns)
			for r := range min(kernelRows, rows-i) {
				to := p.c.Data[at+r*p.c.Stride:][:min(kernelColumns, columns-j)]
				for v := range to {
					to[v] += edge[r*kernelColumns+v]
				}
			}
		}
	}
}
