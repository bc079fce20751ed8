package gguf

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// mostHead bounds what lies before the tensors; the largest vocabularies with
// their merges take 20 MiB. llama.cpp keeps all of it in memory, some of it twice.
const mostHead = 128 << 20

// reader reads the head in order. Its first error stays, and every later read
// gives zeros.
type reader struct {
	in    *bufio.Reader
	pos   uint64
	size  uint64 // of the file, or the most that a head may take
	whole bool   // size is the file's
	what  string // is being read, for errors
	err   error
	raw   [8]byte
}

func newReader(r io.ReaderAt, size int64) *reader {
	n := min(size, mostHead)
	return &reader{in: bufio.NewReaderSize(io.NewSectionReader(r, 0, n), 1<<16), size: uint64(n), whole: n == size}
}

// at says what is read from here on.
func (r *reader) at(format string, args ...any) { r.what = fmt.Sprintf(format, args...) }

// left is how many bytes there are still to read.
func (r *reader) left() uint64 { return r.size - r.pos }

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = damaged(format, args...)
	}
}

// need says whether there are so many bytes.
func (r *reader) need(n uint64) bool {
	if r.err != nil {
		return false
	}
	if n > r.left() {
		if r.whole {
			r.fail("%s needs %d bytes from byte %d on, but the file ends at byte %d", r.what, n, r.pos, r.size)
		} else {
			r.fail("%s needs %d bytes from byte %d on, but the metadata of a model does not take more than %d MiB", r.what, n, r.pos, mostHead>>20)
		}
		return false
	}
	return true
}

// bytes reads so many bytes.
func (r *reader) bytes(n uint64) ([]byte, error) {
	if !r.need(n) {
		return nil, r.err
	}
	out := make([]byte, n)
	_, r.err = io.ReadFull(r.in, out)
	r.shrunk()
	r.pos += n
	return out, r.err
}

// skip passes over so many bytes.
func (r *reader) skip(n uint64) {
	if r.need(n) {
		_, r.err = r.in.Discard(int(n))
		r.shrunk()
		r.pos += n
	}
}

// shrunk names the error of a file that became shorter while it was read.
func (r *reader) shrunk() {
	if errors.Is(r.err, io.EOF) || errors.Is(r.err, io.ErrUnexpectedEOF) {
		r.err = damaged("%s: the file ends before its %d bytes: it is being written", r.what, r.size)
	}
}

// number reads an unsigned number of 1, 2, 4 or 8 bytes.
func (r *reader) number(size int) uint64 {
	if !r.need(uint64(size)) {
		return 0
	}
	r.raw = [8]byte{}
	_, r.err = io.ReadFull(r.in, r.raw[:size])
	r.shrunk()
	r.pos += uint64(size)
	return binary.LittleEndian.Uint64(r.raw[:])
}

func (r *reader) u32() uint32 { return uint32(r.number(4)) }

func (r *reader) u64() uint64 { return r.number(8) }

// text reads a string of at most so many bytes.
func (r *reader) text(most uint64) string {
	n := r.u64()
	if r.err == nil && n > most && n <= r.left() {
		r.fail("%s is text of %d bytes; at most %d are read", r.what, n, most)
	}
	out, _ := r.bytes(n)
	return string(out)
}

// textOrSkip reads a string; one of more bytes is passed over, and none is given.
func (r *reader) textOrSkip(most uint64) (string, bool) {
	n := r.u64()
	if n > most {
		r.skip(n)
		return "", false
	}
	out, _ := r.bytes(n)
	return string(out), true
}

// name reads the name of a value or a tensor: not empty, without a zero byte, at
// which C would end it.
func (r *reader) name(most uint64) string {
	s := r.text(most)
	if r.err == nil && (s == "" || strings.IndexByte(s, 0) >= 0) {
		r.fail("%s is %q: it is empty or holds a zero byte", r.what, s)
	}
	return s
}
