package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// adopt takes over a group of another run: its files are copied, to the byte, and
// held against size and sha256 on the way. A *DamageError leaves the writer as it
// was; any other error ends it.
func (w *Writer) adopt(ctx context.Context, from string, g Group) error {
	if err := w.check(); err != nil {
		return err
	}
	if w.group != nil {
		return w.fail(fmt.Errorf("group %d is adopted while group %d is under way", g.Number, w.group.number))
	}
	activations, err := w.copyFile(ctx, from, g.Files[1])
	if err != nil {
		return w.unlessDamaged(err)
	}
	samples, err := w.copyFile(ctx, from, g.Files[0])
	if err != nil {
		activations.discard()
		return w.unlessDamaged(err)
	}
	if _, err = activations.commit(); err != nil {
		samples.discard()
	} else if _, err = samples.commit(); err == nil {
		err = w.fs.SyncDir(w.cfg.Dir)
	}
	if err == nil {
		err = w.enter(g)
	}
	return w.fail(err)
}

func (w *Writer) unlessDamaged(err error) error {
	if isDamage(err) {
		return err
	}
	return w.fail(err)
}

// copyFile copies a file of another run; the part is whole, and not committed.
func (w *Writer) copyFile(ctx context.Context, from string, f FileInfo) (*part, error) {
	name := filepath.Base(f.Name)
	path := filepath.Join(from, name)
	in, err := openPlain(path)
	if err != nil {
		return nil, &DamageError{Path: path, Err: err}
	}
	defer in.Close()
	p, err := createPart(w.fs, filepath.Join(w.cfg.Dir, name), partSuffix)
	if err != nil {
		return nil, err
	}
	if err = p.fill(ctx, in, f.Bytes); err != nil {
		p.discard()
		return nil, err
	}
	switch sum := p.sum(); {
	case p.bytes != f.Bytes:
		err = &DamageError{Path: path, Err: fmt.Errorf("has %s; its run says %d", Count(p.bytes, "byte"), f.Bytes)}
	case sum != f.SHA256:
		err = &DamageError{Path: path, Err: fmt.Errorf("has the sha256 %s; its run says %s", sum, f.SHA256)}
	}
	if err != nil {
		p.discard()
		return nil, err
	}
	return p, nil
}

// openRegular opens a file that is no folder, pipe or device, which might never end.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("storage: %s is not a plain file", path)
	}
	return os.Open(path)
}

// openPlain opens a file that is no folder, link, pipe or device.
func openPlain(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if os.IsNotExist(err) {
		return nil, errMissing
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a plain file")
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// checkSum holds a file against its sha256; the error is a *DamageError.
func checkSum(path, want string) error {
	in, err := openPlain(path)
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

// copyPiece is how much is read at once where files are copied.
const copyPiece = 1 << 20

// fill writes what in holds, at most a piece more than so many bytes. An error of
// reading is a *DamageError.
func (p *part) fill(ctx context.Context, in *os.File, most int64) error {
	piece := make([]byte, copyPiece)
	for p.bytes <= most {
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

// copyDataset copies the prompts of another run of the same spec.
func (w *Writer) copyDataset() error {
	info, err := os.Stat(filepath.Join(w.cfg.datasetOf, DatasetName))
	if err != nil {
		return err
	}
	p, err := w.copyFile(context.Background(), w.cfg.datasetOf, FileInfo{Name: DatasetName, Bytes: info.Size(), SHA256: w.cfg.Manifest.Dataset.SHA256})
	if err != nil {
		return err
	}
	_, err = p.commit()
	return err
}
