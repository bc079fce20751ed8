package storage

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
)

// patience ends a test that hangs; nothing that it bounds takes as long on any machine.
const patience = 2 * time.Minute

// gatedFS holds back what is written to activations until the gate opens.
type gatedFS struct {
	disk.OS
	gate chan struct{}
	err  error // of the writes then
}

type gatedFile struct {
	disk.File
	fs *gatedFS
}

func (f *gatedFS) Create(path string) (disk.File, error) {
	file, err := f.OS.Create(path)
	if strings.Contains(path, "activations") {
		file = &gatedFile{file, f}
	}
	return file, err
}

func (f *gatedFile) Write(b []byte) (int, error) {
	select {
	case <-f.fs.gate:
	case <-time.After(patience):
		return 0, errors.New("the gate has stayed closed")
	}
	if f.fs.err != nil {
		return 0, f.fs.err
	}
	return f.File.Write(b)
}

// While one buffer is written the other is filled, to its last row.
func TestWritingOverlapsFilling(t *testing.T) {
	fs := &gatedFS{gate: make(chan struct{})}
	w := create(t, Config{FS: fs})
	s := w.Begin(-1)
	require.NoError(t, writeRows(s, 0, 4))
	require.NoError(t, writeRows(s, 4, 7), "the first buffer is not written yet")
	close(fs.gate)
	require.NoError(t, writeRows(s, 7, 30))
	require.NoError(t, s.End(sample("a")))
	require.NoError(t, w.Commit())
	checkRun(t, w.cfg.Dir, []int{30})
}

// An error in the background shows at the next call once it is there, and the
// goroutine that met it has ended.
func TestErrorInTheBackgroundIsSticky(t *testing.T) {
	fs := &gatedFS{gate: make(chan struct{}), err: errFault}
	w := create(t, Config{FS: fs})
	s := w.Begin(-1)
	require.NoError(t, writeRows(s, 0, 4))
	close(fs.gate)
	for begun := time.Now(); len(w.window.writing) == 0; runtime.Gosched() { // until the error is there
		require.Less(t, time.Since(begun), patience)
	}
	_, err := s.Reserve()
	require.ErrorIs(t, err, errFault)
	require.ErrorIs(t, w.Commit(), errFault)
	require.ErrorIs(t, w.Abandon(), errFault)
	assert.Empty(t, dataFiles(t, w.cfg.Dir))
	assert.Nil(t, w.window.writing, "nothing is being written any more")
}
