package arrowfile

import "encoding/binary"

// flatBuffer is a flatbuffer that may be damaged, as Arrow's metadata is written.
// Nothing is read outside of it and nothing is allocated for what it declares:
// what does not lie inside reads as zero, and bad remembers it.
type flatBuffer struct {
	b     []byte
	bad   bool
	texts int // bytes of texts that were given; several may point to the same place
}

// bytes gives n bytes; zeros of at most 8 where they lie outside.
func (f *flatBuffer) bytes(at, n int) []byte {
	if at < 0 || n < 0 || at > len(f.b) || n > len(f.b)-at {
		f.bad = true
		return make([]byte, min(max(n, 0), 8))
	}
	return f.b[at : at+n]
}

func (f *flatBuffer) u16(at int) int   { return int(binary.LittleEndian.Uint16(f.bytes(at, 2))) }
func (f *flatBuffer) u32(at int) int   { return int(binary.LittleEndian.Uint32(f.bytes(at, 4))) }
func (f *flatBuffer) i32(at int) int   { return int(int32(f.u32(at))) }
func (f *flatBuffer) i64(at int) int64 { return int64(binary.LittleEndian.Uint64(f.bytes(at, 8))) }

// flatTable is a table of a flatbuffer; at is negative where it is absent.
type flatTable struct {
	*flatBuffer
	at int
}

func (f *flatBuffer) root() flatTable { return flatTable{f, f.u32(0)} }

// field gives the place of the n-th field, negative where it is absent.
func (t flatTable) field(n int) int {
	if t.at < 0 {
		return -1
	}
	vtable := t.at - t.i32(t.at)
	if entry := 4 + 2*n; entry+2 <= t.u16(vtable) {
		if offset := t.u16(vtable + entry); offset != 0 {
			return t.at + offset
		}
	}
	return -1
}

func (t flatTable) byte(n int) int {
	if at := t.field(n); at >= 0 {
		return int(t.bytes(at, 1)[0])
	}
	return 0
}

func (t flatTable) short(n int) int {
	if at := t.field(n); at >= 0 {
		return t.u16(at)
	}
	return 0
}

func (t flatTable) int(n int) int {
	if at := t.field(n); at >= 0 {
		return t.i32(at)
	}
	return 0
}

func (t flatTable) long(n int) int64 {
	if at := t.field(n); at >= 0 {
		return t.i64(at)
	}
	return 0
}

func (t flatTable) table(n int) flatTable {
	at := t.field(n)
	if at >= 0 {
		at += t.u32(at)
	}
	return flatTable{t.flatBuffer, at}
}

// vector gives the place of the first element and how many there are, each of
// size bytes; none where they do not lie inside.
func (t flatTable) vector(n, size int) (at, length int) {
	if at = t.field(n); at < 0 {
		return 0, 0
	}
	at += t.u32(at)
	length = t.u32(at)
	if t.bytes(at+4, length*size); t.bad {
		return 0, 0
	}
	return at + 4, length
}

// text gives a text, none that is longer than any name of a schema.
func (t flatTable) text(n int) string { return t.textOf(n, 4096) }

// textOf gives a text of at most so many bytes.
func (t flatTable) textOf(n, most int) string {
	at, length := t.vector(n, 1)
	if t.texts += length; length > most || t.texts > 4*len(t.b) {
		t.bad = true
		return ""
	}
	return string(t.bytes(at, length))
}

// tables gives a vector of tables, at most limit.
func (t flatTable) tables(n, limit int) []flatTable {
	at, length := t.vector(n, 4)
	if length > limit {
		t.bad = true
		return nil
	}
	out := make([]flatTable, length)
	for i := range out {
		out[i] = flatTable{t.flatBuffer, at + 4*i + t.u32(at+4*i)}
	}
	return out
}
