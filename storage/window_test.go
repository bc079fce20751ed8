package storage

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
)

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
	<-f.fs.gate
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
	for len(w.window.writing) == 0 { // the error is there
		runtime.Gosched()
	}
	_, err := s.Reserve()
	require.ErrorIs(t, err, errFault)
	require.ErrorIs(t, w.Commit(), errFault)
	require.ErrorIs(t, w.Abandon(), errFault)
	assert.Empty(t, dataFiles(t, w.cfg.Dir))
	assert.Nil(t, w.window.writing, "nothing is being written any more")
}
