package parquet

import (
	"fmt"

	"github.com/apache/arrow/go/v17/arrow/memory"
)

// boundedMemory refuses to take more than so many bytes at once, by a panic: the
// library asks for as much as a page says that it holds.
type boundedMemory struct {
	memory.Allocator
	taken, most int64
}

func (b *boundedMemory) take(n int) {
	if b.taken += int64(n); b.taken > b.most {
		panic(fmt.Sprintf("its pages take more than %d bytes", b.most))
	}
}

// Allocate takes memory.
func (b *boundedMemory) Allocate(size int) []byte {
	b.take(size)
	return b.Allocator.Allocate(size)
}

// Reallocate makes memory larger or smaller.
func (b *boundedMemory) Reallocate(size int, old []byte) []byte {
	b.take(size - len(old))
	return b.Allocator.Reallocate(size, old)
}

// Free gives memory back.
func (b *boundedMemory) Free(old []byte) {
	b.take(-len(old))
	b.Allocator.Free(old)
}
