package storage

import "encoding/binary"

// verifyColumn is a column in memory: of fixed width its values, of text nothing.
type verifyColumn struct {
	valid []byte // a bitmap; nil where nothing is null
	bytes []byte
}

func (c verifyColumn) null(i int) bool {
	return c.valid != nil && c.valid[i/8]>>(i%8)&1 == 0
}
func (c verifyColumn) int8(i int) int8   { return int8(c.bytes[i]) }
func (c verifyColumn) bool(i int) bool   { return c.bytes[i/8]>>(i%8)&1 == 1 }
func (c verifyColumn) int32(i int) int32 { return int32(binary.LittleEndian.Uint32(c.bytes[4*i:])) }
func (c verifyColumn) int64(i int) int64 { return int64(binary.LittleEndian.Uint64(c.bytes[8*i:])) }
