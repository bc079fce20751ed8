package storage

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// What an Arrow file may declare: its metadata are held in memory whole.
const (
	maxFooter   = 64 << 20
	maxMetadata = 16 << 20
	maxFields   = 1 << 16
)

// An Arrow file begins with arrowHead and ends with the length of its footer and
// arrowMagic.
const (
	arrowMagic = "ARROW1"
	arrowHead  = arrowMagic + "\x00\x00"
)

var errMetadata = errors.New("metadata that point outside of themselves")

// arrowFile is the layout of an Arrow file, as its footer declares it. It is read
// without the Arrow library, which trusts what a file says of itself.
type arrowFile struct {
	schema       flatTable
	dictionaries []arrowBlock
	batches      []arrowBlock
	footer       int64 // where it begins
}

// arrowBlock says where a message lies: metadata, and behind them the body.
type arrowBlock struct{ at, meta, body int64 }

func (b arrowBlock) end() int64 { return b.at + b.meta + b.body }

// readFooter reads the footer and checks that every block lies in the file, one
// behind the other.
func readFooter(f io.ReaderAt, size int64) (*arrowFile, error) {
	const tail = 4 + len(arrowMagic)
	head, end := make([]byte, len(arrowHead)), make([]byte, tail)
	if size < int64(len(head)+tail) {
		return nil, fmt.Errorf("is no whole Arrow file: %d bytes", size)
	}
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(end, size-int64(tail)); err != nil {
		return nil, err
	}
	if string(head) != arrowHead || string(end[4:]) != arrowMagic {
		return nil, errors.New("is no whole Arrow file: it does not begin and end with " + arrowMagic)
	}
	length := int64(binary.LittleEndian.Uint32(end))
	at := size - int64(tail) - length
	if length > maxFooter || at < int64(len(head)) {
		return nil, fmt.Errorf("a footer of %d bytes", length)
	}
	text := make([]byte, length)
	if _, err := f.ReadAt(text, at); err != nil {
		return nil, err
	}
	return parseFooter(text, at)
}

func parseFooter(text []byte, at int64) (*arrowFile, error) {
	f := &flatBuffer{b: text}
	footer := f.root()
	a := &arrowFile{schema: footer.table(1), dictionaries: footer.blocks(2), batches: footer.blocks(3), footer: at}
	if f.bad || a.schema.at < 0 {
		return nil, errMetadata
	}
	if v := footer.short(0); v != flatVersion5 {
		return nil, fmt.Errorf("metadata version %d, not 5", v+1)
	}
	if !slices.IsSortedFunc(a.dictionaries, byPlace) || !slices.IsSortedFunc(a.batches, byPlace) {
		return nil, errors.New("record batches that do not lie one behind the other")
	}
	all := slices.Concat(a.dictionaries, a.batches)
	slices.SortFunc(all, byPlace)
	from := int64(len(arrowHead))
	for _, b := range all {
		if b.at < from || b.at%8 != 0 || b.meta < 8 || b.meta%8 != 0 || b.meta > maxMetadata || b.body < 0 || b.body%8 != 0 || b.at > at-b.meta || b.body > at-b.meta-b.at {
			return nil, fmt.Errorf("a message at byte %d that does not lie in the file behind the one before", b.at)
		}
		from = b.end()
	}
	return a, nil
}

func byPlace(a, b arrowBlock) int { return cmp.Compare(a.at, b.at) }

func (t flatTable) blocks(n int) []arrowBlock {
	at, length := t.vector(n, 24)
	out := make([]arrowBlock, length)
	for i := range out {
		p := at + 24*i
		out[i] = arrowBlock{t.i64(p), int64(t.i32(p + 8)), t.i64(p + 16)}
	}
	return out
}
