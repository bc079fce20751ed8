package storage

import "intentprobe/storage/rowmem"

// pool is the memory of the rows that wait for the samples before theirs. It
// grows to its limit, and beyond it only where every row is lent to the engine
// and so cannot be moved to a file.
type pool struct {
	layout *rowmem.Layout
	limit  int // rows
	rows   int // that there is memory for
	slabs  []*rowmem.Slab
	free   []rowmem.Place
}

// full says that a place is to be had only beyond the limit.
func (p *pool) full() bool { return len(p.free) == 0 && p.rows >= p.limit }

// roomy says that half of the places are free.
func (p *pool) roomy() bool { return 2*len(p.free) >= p.rows }

func (p *pool) take() rowmem.Place {
	if len(p.free) == 0 {
		p.grow()
	}
	last := len(p.free) - 1
	place := p.free[last]
	p.free = p.free[:last]
	return place
}

func (p *pool) give(place rowmem.Place) { p.free = append(p.free, place) }

func (p *pool) grow() {
	n := (p.limit + 7) / 8
	if left := p.limit - p.rows; left > 0 {
		n = min(n, left)
	}
	s := rowmem.NewSlab(p.layout, n)
	for row := range n {
		p.give(s.Place(row))
	}
	p.slabs, p.rows = append(p.slabs, s), p.rows+n
}
