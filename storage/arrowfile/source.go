package arrowfile

import (
	"fmt"
	"io"
)

// source gives bytes of a file.
type source interface {
	// take reads n bytes at a place, into memory of its caller's: into, where
	// they fit. It allocates no more than the file holds.
	take(into []byte, at, n int64) ([]byte, error)
}

// fileSource reads a file at any place.
type fileSource struct {
	from io.ReaderAt
	size int64
}

func (f fileSource) take(into []byte, at, n int64) ([]byte, error) {
	if at < 0 || n < 0 || at > f.size || n > f.size-at {
		return nil, fmt.Errorf("%d bytes at %d lie outside of the file", n, at)
	}
	if int64(cap(into)) < n {
		into = make([]byte, n)
	}
	into = into[:n]
	if got, err := f.from.ReadAt(into, at); int64(got) < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return into, nil
}
