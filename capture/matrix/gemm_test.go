package matrix

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

func random(rows, cols int, r *rand.Rand) blas64.General {
	stride := max(1, cols+r.IntN(4))
	g := blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: make([]float64, rows*stride)}
	for i := range g.Data {
		g.Data[i] = r.NormFloat64()
	}
	return g
}

func clone(g blas64.General) blas64.General {
	g.Data = append([]float64(nil), g.Data...)
	return g
}

// Products of all shapes are those of plain sums, and leave what is beside them alone.
func TestProductsAreSums(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range [][3]int{{1, 1, 5000}, {4, 12, 256}, {5, 13, 257}, {97, 481, 30}, {40, 30, 513}, {3, 500, 40}, {133, 7, 19}, {130, 1, 300}, {0, 4, 5}, {20, 20, 0}, {301, 257, 70}} {
		for _, tA := range []blas.Transpose{blas.NoTrans, blas.Trans} {
			for _, tB := range []blas.Transpose{blas.NoTrans, blas.Trans} {
				for _, by := range [][2]float64{{1, 0}, {-0.5, 1}, {2, 3}} {
					m, n, k := s[0], s[1], s[2]
					a, b, c := random(m, k, r), random(k, n, r), random(m, n, r)
					if tA == blas.Trans {
						a = random(k, m, r)
					}
					if tB == blas.Trans {
						b = random(n, k, r)
					}
					want := clone(c)
					for i := range m {
						for j := range n {
							sum := 0.0
							for l := range k {
								sum += at(a, i, l, tA) * at(b, l, j, tB)
							}
							want.Data[i*c.Stride+j] = by[1]*c.Data[i*c.Stride+j] + by[0]*sum
						}
					}
					Gemm(tA, tB, by[0], a, b, by[1], c)
					worst := 0.0
					for i, v := range want.Data {
						worst = max(worst, math.Abs(v-c.Data[i]))
					}
					require.Less(t, worst, 3e-11*math.Sqrt(float64(k+1)), "%v %c %c %v", s, tA, tB, by)
				}
			}
		}
	}
}

func at(g blas64.General, i, j int, t blas.Transpose) float64 {
	if t == blas.Trans {
		i, j = j, i
	}
	return g.Data[i*g.Stride+j]
}

// The number of threads changes no bit, and rows that are the same have the same products.
func TestProductsDoNotDependOnThreadsOrPlaces(t *testing.T) {
	if !fast {
		t.Skip("this CPU has no AVX2: gonum multiplies")
	}
	r := rand.New(rand.NewPCG(2, 1))
	a, b := random(301, 700, r), random(700, 133, r)
	for i := range a.Rows {
		copy(a.Data[i*a.Stride:i*a.Stride+a.Cols], a.Data[:a.Cols])
	}
	var first []float64
	for _, threads := range []int{1, 2, 5} {
		before := runtime.GOMAXPROCS(threads)
		c := blas64.General{Rows: 301, Cols: 133, Stride: 133, Data: make([]float64, 301*133)}
		Gemm(blas.NoTrans, blas.NoTrans, 1, a, b, 0, c)
		runtime.GOMAXPROCS(before)
		if first == nil {
			first = c.Data
			for i := range 301 {
				assert.Equal(t, first[:133], first[i*133:(i+1)*133], fmt.Sprint(i))
			}
		}
		assert.Equal(t, first, c.Data)
	}
}

func TestShapesThatDoNotFit(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	assert.Panics(t, func() {
		Gemm(blas.NoTrans, blas.NoTrans, 1, random(50, 60, r), random(61, 50, r), 0, random(50, 50, r))
	})
	short := random(50, 50, r)
	short.Data = short.Data[:100]
	assert.Panics(t, func() { Gemm(blas.NoTrans, blas.NoTrans, 1, random(50, 60, r), random(60, 50, r), 0, short) })
}

func BenchmarkGemm(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 1))
	for _, s := range [][3]int{{320, 256, 320}, {80, 256, 320}, {576, 576, 256}, {512, 30, 576}, {30, 576, 512}, {512, 5, 576}} {
		x, y := random(s[0], s[2], r), random(s[2], s[1], r)
		c := random(s[0], s[1], r)
		for name, do := range map[string]func(tA, tB blas.Transpose, alpha float64, a, b blas64.General, beta float64, c blas64.General){"kernel": Gemm, "gonum": blas64.Gemm} {
			b.Run(fmt.Sprintf("%v %s", s, name), func(b *testing.B) {
				for b.Loop() {
					do(blas.NoTrans, blas.NoTrans, 1, x, y, 0, c)
				}
				b.ReportMetric(2*float64(s[0]*s[1]*s[2])*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
			})
		}
	}
}
