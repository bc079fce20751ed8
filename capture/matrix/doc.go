// Package matrix multiplies matrices of float64: as gonum's BLAS does, and several times as
// fast on amd64 with AVX2, where it has a kernel in assembly.
//
// A number of a product is summed in an order that depends on the length of the sum alone:
// not on the number of threads, nor on where in the matrix it stands. So rows that are the
// same give the same. CPUs with and without the kernel differ in the last digits.
package matrix
