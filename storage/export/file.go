package export

import (
	"bufio"
	"errors"
	"io"
	"os"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// bufferBytes is what is gathered before a file is written to.
const bufferBytes = 1 << 20

// file writes the export's only file.
func (e *export) file(write func(io.Writer) error) ([]rundir.FileInfo, error) {
	p, err := disk.CreatePart(e.cfg.FS, e.cfg.Out, disk.PartSuffix)
	if err != nil {
		return nil, err
	}
	out := bufio.NewWriterSize(p, bufferBytes)
	if err = write(out); err == nil {
		err = out.Flush()
	}
	if err != nil {
		p.Discard()
		return nil, err
	}
	sum, err := p.Commit()
	return []rundir.FileInfo{rundir.NewFileInfo(e.cfg.Out, e.activations.rows, sum)}, err
}

// removeOld removes a file of an earlier export, if there is one.
func removeOld(fs disk.FS, path string) error {
	if err := fs.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
