package rundir

import (
	"path/filepath"

	"intentprobe/storage/disk"
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

// Intact holds the files of a group against their sha256; the error is a
// *DamageError.
func (g Group) Intact(dir string) error {
	for _, f := range g.Files {
		path := filepath.Join(dir, filepath.Base(f.Name))
		if err := disk.CheckSum(path, f.SHA256); err != nil {
			return err
		}
	}
	return nil
}
