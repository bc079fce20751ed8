//go:build !amd64

package matrix

const fast = false

func kernel(n int, a, b, c *float64, stride int) { panic("matrix: there is no kernel") }
