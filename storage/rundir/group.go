package rundir

import (
	"fmt"
	"path/filepath"

	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
)

// Group is a group of samples that is whole: its files are synced and have their
// names. Its membership is known before the run: group n holds the samples from
// n times Plan.GroupSamples on.
type Group struct {
	Number      int        `json:"number"`
	FirstSample int64      `json:"first_sample"`
	Samples     int64      `json:"samples"`
	Rows        int64      `json:"rows"`              // of activations
	Partial     bool       `json:"partial,omitempty"` // the run was stopped within it; resuming decodes it anew
	Files       []FileInfo `json:"files"`             // samples, activations
}

// Overflows counts, by hook, the values that became infinite as float16; none where
// there were none.
func (g *Group) Overflows() []int64 { return g.Files[1].Overflows }

// Intact checks that the files of a group have their sha256; the error is a
// *disk.DamageError.
func (g Group) Intact(dir string) error {
	for _, f := range g.Files {
		path := filepath.Join(dir, filepath.Base(f.Name))
		if err := disk.CheckSum(path, f.SHA256); err != nil {
			return err
		}
	}
	return nil
}

// Present says whether the files of a group are there, with the sizes that they
// were written with.
func (g Group) Present(dir string) error {
	for _, f := range g.Files {
		path := filepath.Join(dir, filepath.Base(f.Name))
		in, err := disk.OpenPlain(path)
		if err != nil {
			return &disk.DamageError{Path: path, Err: err}
		}
		info, err := in.Stat()
		in.Close()
		if err == nil && info.Size() != f.Bytes {
			err = fmt.Errorf("has %s; its run says %d", plural.Count(info.Size(), "byte"), f.Bytes)
		}
		if err != nil {
			return &disk.DamageError{Path: path, Err: err}
		}
	}
	return nil
}

// Present says whether the files of a run's groups are there, with the sizes that they
// were written with. The error is a *disk.DamageError that names the first that is not;
// verify.Run names all.
func (r *Run) Present() error {
	for _, g := range r.Groups {
		if err := g.Present(r.Dir); err != nil {
			return err
		}
	}
	return nil
}

// FileInfo is one finished file.
type FileInfo struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`

	// Overflows counts, by hook, the finite values of an activations file that became
	// infinite as float16; absent where there were none.
	Overflows []int64 `json:"float16_overflows,omitempty"`
}

// NewFileInfo describes a file that was written: its rows, and its size and sha256.
func NewFileInfo(path string, rows int64, sum disk.Sum) FileInfo {
	return FileInfo{Name: filepath.Base(path), Rows: rows, Bytes: sum.Bytes, SHA256: sum.SHA256}
}
