package arrowfile

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

// An Arrow file begins with Head and ends with the length of its footer and
// Magic.
const (
	Magic = "ARROW1"
	Head  = Magic + "\x00\x00"
)

var errMetadata = errors.New("metadata that point outside of themselves")

// Footer is the layout of an Arrow file, as its footer declares it. It is read
// without the Arrow library, which trusts what a file says of itself.
type Footer struct {
	schema       flatTable
	Dictionaries []Block
	Batches      []Block
	At           int64 // where it begins
}

// Block says where a message lies: metadata, and after them the body.
type Block struct{ At, Meta, Body int64 }

// End is the byte after the message.
func (b Block) End() int64 { return b.At + b.Meta + b.Body }

// ReadFooter reads the footer and checks that every block lies in the file, one after the
// other.
func ReadFooter(f io.ReaderAt, size int64) (*Footer, error) {
	const tail = 4 + len(Magic)
	head, end := make([]byte, len(Head)), make([]byte, tail)
	if size < int64(len(head)+tail) {
		return nil, fmt.Errorf("is no whole Arrow file: %d bytes", size)
	}
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(end, size-int64(tail)); err != nil {
		return nil, err
	}
	if string(head) != Head || string(end[4:]) != Magic {
		return nil, errors.New("is no whole Arrow file: it does not begin and end with " + Magic)
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

func parseFooter(text []byte, at int64) (*Footer, error) {
	f := &flatBuffer{b: text}
	footer := f.root()
	a := &Footer{schema: footer.table(1), Dictionaries: footer.blocks(2), Batches: footer.blocks(3), At: at}
	if f.bad || a.schema.at < 0 {
		return nil, errMetadata
	}
	if v := footer.short(0); v != flatVersion5 {
		return nil, fmt.Errorf("metadata version %d, not 5", v+1)
	}
	if !slices.IsSortedFunc(a.Dictionaries, byPlace) || !slices.IsSortedFunc(a.Batches, byPlace) {
		return nil, errors.New("record batches that do not lie one behind the other")
	}
	all := slices.Concat(a.Dictionaries, a.Batches)
	slices.SortFunc(all, byPlace)
	from := int64(len(Head))
	for _, b := range all {
		if b.At < from || b.At%8 != 0 || b.Meta < 8 || b.Meta%8 != 0 || b.Meta > maxMetadata || b.Body < 0 || b.Body%8 != 0 || b.At > at-b.Meta || b.Body > at-b.Meta-b.At {
			return nil, fmt.Errorf("a message at byte %d that does not lie in the file behind the one before", b.At)
		}
		from = b.End()
	}
	return a, nil
}

func byPlace(a, b Block) int { return cmp.Compare(a.At, b.At) }

func (t flatTable) blocks(n int) []Block {
	at, length := t.vector(n, 24)
	out := make([]Block, length)
	for i := range out {
		p := at + 24*i
		out[i] = Block{t.i64(p), int64(t.i32(p + 8)), t.i64(p + 16)}
	}
	return out
}

// Schema gives the schema of the file.
func (a *Footer) Schema() (*Schema, error) { return parseSchema(a.schema) }
