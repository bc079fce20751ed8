package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Part is a file being written under a name that no reader looks for. It counts
// and hashes what passes, so that a finished file needs no second reading.
type Part struct {
	FS    FS
	Path  string // the name it will have
	Temp  string // the name it has until then
	file  File
	hash  hash.Hash
	Bytes int64
	end   []byte // the last bytes that were written, at most EndBytes
}

// EndBytes is how much of a file's end is looked at before it gets its name: more
// than the length and the magic of an Arrow file's footer.
const EndBytes = 16

// What is appended to the name of an unfinished file, and of one that replaces
// an unfinished file.
const (
	PartSuffix  = ".part"
	ShortSuffix = ".short.part"
)

// CreatePart begins a file that is to have a path; until it is committed the suffix is
// appended to its name.
func CreatePart(fs FS, path, suffix string) (*Part, error) {
	f, err := fs.Create(path + suffix)
	if err != nil {
		return nil, err
	}
	return &Part{FS: fs, Path: path, Temp: path + suffix, file: f, hash: sha256.New()}, nil
}

// Write implements io.Writer. Hashing and writing take about as long, so they go
// side by side. After an error the part is discarded: what was hashed does not
// matter then.
func (p *Part) Write(b []byte) (int, error) {
	hashed := make(chan struct{})
	go func() {
		p.hash.Write(b)
		close(hashed)
	}()
	n, err := p.file.Write(b)
	<-hashed
	p.Bytes += int64(n)
	if n >= EndBytes {
		p.end = append(p.end[:0], b[n-EndBytes:n]...)
	} else {
		p.end = append(p.end, b[:n]...)
		p.end = p.end[max(0, len(p.end)-EndBytes):]
	}
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return n, err
}

// Seek gives the position, which is all that Arrow's file writer asks for.
func (p *Part) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("files are written from front to back")
	}
	return p.Bytes, nil
}

// Sum is size and sha256 of a file that was written.
type Sum struct {
	Bytes  int64
	SHA256 string // as hex text
}

// Commit syncs, closes, checks and gives the file its name.
func (p *Part) Commit() (Sum, error) {
	err := p.file.Sync()
	if cerr := p.file.Close(); err == nil {
		err = cerr
	}
	p.file = nil
	if err == nil {
		err = p.Check()
	}
	if err == nil {
		err = p.FS.Rename(p.Temp, p.Path)
	}
	if err != nil {
		p.Discard()
		return Sum{}, err
	}
	return Sum{p.Bytes, p.Sum()}, nil
}

// Sum gives the sha256 of what was written so far.
func (p *Part) Sum() string { return hex.EncodeToString(p.hash.Sum(nil)) }

// Check looks whether the file on the disk has the size and the end that were written.
func (p *Part) Check() error { return CheckEnd(p.FS, p.Temp, p.Bytes, p.end) }

// CheckEnd opens a file again and looks whether it has its size and its end: a
// file system may have told less than the truth.
func CheckEnd(fs FS, path string, size int64, end []byte) error {
	f, err := fs.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	got, err := f.Seek(0, io.SeekEnd)
	if err == nil && got != size {
		err = fmt.Errorf("%s has %d bytes, %d were written", path, got, size)
	}
	text := make([]byte, len(end))
	if err == nil && len(end) > 0 {
		if _, err = f.ReadAt(text, size-int64(len(end))); err == nil && !bytes.Equal(text, end) {
			err = fmt.Errorf("%s does not end as it was written", path)
		}
	}
	return err
}

// WriteWhole writes a small file that appears whole or not at all.
func WriteWhole(fs FS, path string, text []byte) error {
	p, err := CreatePart(fs, path, PartSuffix)
	if err != nil {
		return err
	}
	if _, err := p.Write(text); err != nil {
		p.Discard()
		return err
	}
	_, err = p.Commit()
	return err
}

// Discard closes and removes what was written.
func (p *Part) Discard() {
	if p.file != nil {
		p.file.Close()
		p.file = nil
	}
	p.FS.Remove(p.Temp)
}
