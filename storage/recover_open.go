package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// samples reads the samples of a group that lie in whole record batches.
func (r *recovery) samples(number int) (*arrowfile.File, []rundir.Sample, string, error) {
	t, name, err := r.open("samples", number)
	if err != nil {
		return nil, nil, name, err
	}
	samples, err := rundir.ReadSamplesOf(t)
	if err == nil && len(samples) == 0 {
		err = errors.New("was cut short before its first sample")
	}
	if err != nil {
		t.Close()
		return nil, nil, name, err
	}
	return t, samples, name, nil
}

// open opens a file of a group under the name that it has, or has not yet. A file
// that has its full length and another sha256 is not believed.
func (r *recovery) open(kind string, number int) (*arrowfile.File, string, error) {
	name := rundir.GroupFile(kind, number)
	var err error
	for _, suffix := range []string{"", disk.ShortSuffix, disk.PartSuffix} {
		path := filepath.Join(r.dir, name+suffix)
		var f *os.File
		if f, err = disk.OpenPlain(path); err != nil {
			continue
		}
		f.Close()
		if suffix == "" {
			if err := r.believe(path, number); err != nil {
				return nil, name, err
			}
		}
		var t *arrowfile.File
		if t, err = rundir.OpenTable(path); err == nil {
			return t, name + suffix, nil
		}
		if t, err = openCutTail(path); err == nil {
			return t, name + suffix, nil
		}
		return nil, name + suffix, err
	}
	if kind == "samples" && r.has("activations", number) {
		err = errors.New("is missing: the group was not finished; what lies in its activations belongs to no sample")
	}
	return nil, name, err
}

func (r *recovery) has(kind string, number int) bool {
	for _, suffix := range []string{"", disk.ShortSuffix, disk.PartSuffix} {
		if disk.Exists(r.dir, rundir.GroupFile(kind, number)+suffix) {
			return true
		}
	}
	return false
}

// believe refuses a file that has another sha256 than it was written with, unless
// it was cut short: then it is shorter, or ends with zeros, and has no footer.
func (r *recovery) believe(path string, number int) error {
	g, listed := r.listed[number]
	if !listed {
		return nil
	}
	at := slices.IndexFunc(g.Files, func(f rundir.FileInfo) bool { return f.Name == filepath.Base(path) })
	if at < 0 || g.Files[at].SHA256 == "" {
		return nil
	}
	end, size, err := lastByte(path)
	if err != nil {
		return err
	}
	if cut := size < g.Files[at].Bytes || end < size; cut && !endsWhole(path, size) {
		return nil
	}
	if err := disk.CheckSum(path, g.Files[at].SHA256); err != nil {
		return &disk.DamageError{Path: path, Err: fmt.Errorf("%s; which of its values are right cannot be told", disk.Cause(err))}
	}
	return nil
}

// endsWhole says whether a file ends like a whole Arrow file.
func endsWhole(path string, size int64) bool {
	return slices.Equal(bytesAt(path, size-int64(len(arrowfile.Magic)), len(arrowfile.Magic)), []byte(arrowfile.Magic))
}

// bytesAt reads as many of n bytes at a place as there are.
func bytesAt(path string, at int64, n int) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	out := make([]byte, n)
	n, _ = f.ReadAt(out, max(0, at))
	return out[:n]
}

// openCutTail opens a file that was cut short, or whose end was never written: some
// file systems show zeros there after a power cut. Where something else follows the
// last whole record batch than the beginning of a message, bytes were lost within
// that batch: it is left out.
func openCutTail(path string) (*arrowfile.File, error) {
	t, cut, err := rundir.OpenCut(path)
	if err != nil {
		return nil, err
	}
	end, _, err := lastByte(path)
	if err != nil {
		t.Close()
		return nil, err
	}
	whole := t.Before(end)
	next := bytesAt(path, cut.At, int(min(4, max(0, end-cut.At))))
	if whole > 0 && !slices.Equal(next, []byte("\xff\xff\xff\xff")[:len(next)]) {
		whole--
	}
	t.Keep(whole)
	return t, nil
}

// lastByte gives where a file's trailing zeros begin, and its size.
func lastByte(path string) (end, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	if size, err = f.Seek(0, io.SeekEnd); err != nil {
		return 0, 0, err
	}
	piece := make([]byte, disk.CopyPiece)
	for end = size; end > 0; {
		n := min(end, int64(len(piece)))
		if _, err := f.ReadAt(piece[:n], end-n); err != nil {
			return 0, 0, err
		}
		left := int64(len(bytes.TrimRight(piece[:n], "\x00")))
		end -= n - left
		if left > 0 {
			break
		}
	}
	return end, size, nil
}
