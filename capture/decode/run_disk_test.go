package decode

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/spec"
	"intentprobe/storage/disk"
)

// fullFS has no more space after so many writes to files of activations.
type fullFS struct {
	quickFS
	left *atomic.Int64
}

var errFull = errors.New("the disk is full")

func (f fullFS) Create(path string) (disk.File, error) {
	file, err := f.quickFS.Create(path)
	if strings.HasPrefix(filepath.Base(path), "activations") || strings.HasPrefix(filepath.Base(path), "spill") {
		return fullFile{file, f.left}, err
	}
	return file, err
}

type fullFile struct {
	disk.File
	left *atomic.Int64
}

func (f fullFile) Write(b []byte) (int, error) {
	if f.left.Add(-1) < 0 {
		return 0, errFull
	}
	return f.File.Write(b)
}

// After an error of the writer nothing is added, the error is told once, and
// nothing is left that looks whole and is not.
func TestAFullDisk(t *testing.T) {
	for _, batch := range []spec.Auto{1, 3} {
		failed := 0
		for writes := 0; ; writes += 1 + writes/4 {
			require.Less(t, writes, 10000)
			before := len(goroutines())
			tr, left := systemTrial(4), new(atomic.Int64)
			left.Store(int64(writes))
			tr.spec.Engine.Batch, tr.spec.Generate.Samples, tr.micro, tr.fs = batch, 3, 8, fullFS{left: left}
			r := tr.prepare(t)
			err := tr.runAll(context.Background(), r)
			noneLeft(t, before)
			samples, all := tr.read(t)
			if err == nil {
				tr.checkRows(t, samples, all)
				break
			}
			failed++
			require.ErrorIs(t, err, errFull)
			assert.Equal(t, 1, strings.Count(err.Error(), errFull.Error()), "%v", err)
			assert.Empty(t, samples)
			assert.Empty(t, tr.files(t))
		}
		assert.Greater(t, failed, 10)
	}
}
