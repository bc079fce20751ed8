package arrowfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// chunk is how much of a file is read at once.
const chunk = 1 << 20

// Scanner reads a file from front to back and once. Where it is hashed, that
// is done by a goroutine, of the chunk before; where not, what is skipped is not
// read.
type Scanner struct {
	ctx  context.Context
	From io.ReaderAt
	Size int64
	at   int64  // of the file, the next byte to give
	cur  []byte // the chunk at hand
	left []byte // of it, what was not given

	hash hash.Hash // nil where the file is not hashed
	work chan []byte
	free chan []byte
	done chan struct{}
}

// NewScanner begins at the front of a file of a size; hashed says whether its sha256 is
// taken.
func NewScanner(ctx context.Context, from io.ReaderAt, size int64, hashed bool) *Scanner {
	s := &Scanner{ctx: ctx, From: from, Size: size}
	if !hashed {
		s.cur = make([]byte, min(chunk, size))
		return s
	}
	s.hash = sha256.New()
	s.work, s.free, s.done = make(chan []byte, 4), make(chan []byte, 4), make(chan struct{})
	for range cap(s.free) {
		s.free <- make([]byte, min(chunk, size))
	}
	go func() {
		defer close(s.done)
		for b := range s.work {
			s.hash.Write(b)
			s.free <- b[:cap(b)]
		}
	}()
	return s
}

// Next gives the bytes that follow, at least one and at most n, valid until the
// next call. Pieces end at multiples of 8 bytes of the file, or with n.
func (s *Scanner) Next(n int64) ([]byte, error) {
	if len(s.left) == 0 {
		if err := s.refill(n); err != nil {
			return nil, err
		}
	}
	b := s.left[:min(n, int64(len(s.left)))]
	s.left = s.left[len(b):]
	s.at += int64(len(b))
	return b, nil
}

func (s *Scanner) refill(want int64) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.at >= s.Size {
		return io.ErrUnexpectedEOF
	}
	size := min(chunk, s.Size-s.at)
	if s.hash == nil {
		size = min(size, want)
		s.left = s.cur[:size]
	} else {
		if s.cur != nil {
			s.work <- s.cur
		}
		s.cur = (<-s.free)[:size]
		s.left = s.cur
	}
	if n, err := s.From.ReadAt(s.left, s.at); n < len(s.left) {
		s.left = nil
		s.cur = s.cur[:0]
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}

// Skip goes on to a place that lies ahead.
func (s *Scanner) Skip(to int64) error {
	if to < s.at || to > s.Size {
		return fmt.Errorf("byte %d does not follow byte %d", to, s.at)
	}
	if s.hash == nil {
		s.left = s.left[min(to-s.at, int64(len(s.left))):]
		s.at = to
		return nil
	}
	for s.at < to {
		if _, err := s.Next(to - s.at); err != nil {
			return err
		}
	}
	return nil
}

// take reads n bytes at a place that lies ahead into memory of their own, in
// into where they fit. The caller has checked n.
func (s *Scanner) take(into []byte, at, n int64) ([]byte, error) {
	if err := s.Skip(at); err != nil {
		return nil, err
	}
	if n > s.Size-s.at {
		return nil, io.ErrUnexpectedEOF
	}
	into = into[:0]
	if int64(cap(into)) < n {
		into = make([]byte, 0, n)
	}
	for int64(len(into)) < n {
		b, err := s.Next(n - int64(len(into)))
		if err != nil {
			return nil, err
		}
		into = append(into, b...)
	}
	return into, nil
}

// Sum reads what is left and gives the sha256 of the file. Where it is not
// hashed the text is empty.
func (s *Scanner) Sum() (string, error) {
	if s.hash == nil {
		return "", nil
	}
	err := s.Skip(s.Size)
	s.Close()
	return hex.EncodeToString(s.hash.Sum(nil)), err
}

// Close ends the goroutine, after which the hash is that of all that was read.
func (s *Scanner) Close() {
	if s.work == nil {
		return
	}
	if len(s.cur) > 0 {
		s.work <- s.cur
	}
	close(s.work)
	<-s.done
	s.work = nil
}
