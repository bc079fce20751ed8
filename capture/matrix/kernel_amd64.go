package matrix

import "golang.org/x/sys/cpu"

var fast = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// kernel adds Σ a[k, i]·b[k, j] to c[i, j]: a is [n, 4], b is [n, 12], and rows of c are
// stride numbers apart.
//
//go:noescape
func kernel(n int, a, b, c *float64, stride int)
