package disk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"intentprobe/storage/plural"
)

// OpenRegular opens a file that is no folder, pipe or device, which might never end.
func OpenRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a plain file", path)
	}
	return os.Open(path)
}

// OpenPlain opens a file that is no folder, link, pipe or device.
func OpenPlain(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if os.IsNotExist(err) {
		return nil, ErrMissing
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a plain file")
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// CheckSum checks that the sha256 of a file is want; the error is a *DamageError.
func CheckSum(path, want string) error {
	in, err := OpenPlain(path)
	if err != nil {
		return &DamageError{Path: path, Err: err}
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return &DamageError{Path: path, Err: fmt.Errorf("cannot be read: %w", err)}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return &DamageError{Path: path, Err: fmt.Errorf("has the sha256 %s; its run says %s", got, want)}
	}
	return nil
}

// CopyPiece is how much is read at once where files are copied.
const CopyPiece = 1 << 20

// Fill writes what in holds, and stops after the first piece (CopyPiece) that goes beyond
// most bytes. An error of reading is a *DamageError.
func (p *Part) Fill(ctx context.Context, in *os.File, most int64) error {
	piece := make([]byte, CopyPiece)
	for p.Bytes <= most {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(in, piece)
		if n > 0 {
			if _, werr := p.Write(piece[:n]); werr != nil {
				return werr
			}
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return nil
		default:
			return &DamageError{Path: in.Name(), Err: fmt.Errorf("cannot be read: %w", err)}
		}
	}
	return nil
}

// Exists says whether a folder has an entry of a name, whatever it is.
func Exists(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, name))
	return err == nil || !os.IsNotExist(err)
}

// Within says whether a path, which need not exist, is a folder or lies in it.
func Within(path, dir string) bool {
	is, err := os.Stat(dir)
	if err != nil {
		return false
	}
	path, err = filepath.Abs(path)
	for err == nil {
		if at, serr := os.Stat(path); serr == nil && os.SameFile(at, is) {
			return true
		}
		if filepath.Dir(path) == path {
			break
		}
		path = filepath.Dir(path)
	}
	return false
}

// MakeDir makes a folder and those above it, and makes each of them last.
func MakeDir(fs FS, dir string) error {
	parents := []string{filepath.Dir(dir)}
	for at := parents[0]; filepath.Dir(at) != at; at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil {
			break
		}
		parents = append(parents, filepath.Dir(at))
	}
	if err := fs.MkdirAll(dir); err != nil {
		return err
	}
	for _, parent := range parents {
		if err := fs.SyncDir(parent); err != nil && !os.IsPermission(err) {
			return err
		}
	}
	return nil
}

// SameFile says whether two files hold the same bytes.
func SameFile(a, b string) (bool, error) {
	x, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer x.Close()
	y, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer y.Close()
	p, q := make([]byte, CopyPiece), make([]byte, CopyPiece)
	for {
		n, err := io.ReadFull(x, p)
		k, kerr := io.ReadFull(y, q)
		if !bytes.Equal(p[:n], q[:k]) {
			return false, nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return kerr == err, nil
		}
		if err := errors.Join(err, kerr); err != nil {
			return false, err
		}
	}
}

// CopyPart copies a file and checks its size and sha256 on the way; the part is whole, and
// not committed. The error is a *DamageError where the file is another.
func CopyPart(ctx context.Context, fs FS, from, to string, want Sum) (*Part, error) {
	in, err := OpenPlain(from)
	if err != nil {
		return nil, &DamageError{Path: from, Err: err}
	}
	defer in.Close()
	p, err := CreatePart(fs, to, PartSuffix)
	if err != nil {
		return nil, err
	}
	if err = p.Fill(ctx, in, want.Bytes); err != nil {
		p.Discard()
		return nil, err
	}
	switch sum := p.Sum(); {
	case p.Bytes != want.Bytes:
		err = &DamageError{Path: from, Err: fmt.Errorf("has %s; its run says %d", plural.Count(p.Bytes, "byte"), want.Bytes)}
	case sum != want.SHA256:
		err = &DamageError{Path: from, Err: fmt.Errorf("has the sha256 %s; its run says %s", sum, want.SHA256)}
	}
	if err != nil {
		p.Discard()
		return nil, err
	}
	return p, nil
}
