package capture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// modelFile is a model as it lies on the disk: a file, or several that belong
// together.
type modelFile struct {
	sha256 string // of the file; of several, of their sha256 as hex text, one after the other
	bytes  int64  // of all
	stamps []fileStamp
}

// identify reads the files of a model. When ctx ends, it stops with ctx's error.
func identify(ctx context.Context, files []string) (*modelFile, error) {
	m := &modelFile{}
	sums := sha256.New()
	for _, path := range files {
		stamp, err := stampOf(path)
		if err != nil {
			return nil, err
		}
		m.stamps = append(m.stamps, stamp)
		m.bytes += stamp.Size()
		if m.sha256, err = models.FileSHA256(ctx, path); err != nil {
			return nil, err
		}
		fmt.Fprint(sums, m.sha256)
	}
	if len(files) > 1 {
		m.sha256 = hex.EncodeToString(sums.Sum(nil))
	}
	return m, nil
}

// check gives an error if a file of the model was written into since it was
// identified.
func (m *modelFile) check() error {
	for _, f := range m.stamps {
		if err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

// bytesOf adds up the sizes of files.
func bytesOf(files []string) (n int64) {
	for _, path := range files {
		if info, err := os.Stat(path); err == nil {
			n += info.Size()
		}
	}
	return n
}

// fileStamp tells whether a file was written into.
type fileStamp struct {
	path string
	os.FileInfo
}

func stampOf(path string) (fileStamp, error) {
	info, err := os.Stat(path)
	return fileStamp{path, info}, err
}

// check gives an error if the file was written into since the stamp was taken:
// its weights are mapped into memory, and what was decoded is of no known model.
// A file that took its name does not matter; the mapped one is still there.
func (f fileStamp) check() error {
	now, err := os.Stat(f.path)
	if err == nil && os.SameFile(now, f.FileInfo) && (now.Size() != f.Size() || !now.ModTime().Equal(f.ModTime())) {
		return hint.With(fmt.Errorf("model file %q was changed while it was in use: the rows are of no known model", f.path),
			"run again, and replace model files by renaming, never by writing into them")
	}
	return nil
}
