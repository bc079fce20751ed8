package verify

import (
	"fmt"
	"path/filepath"
	"sort"

	"intentprobe/storage/disk"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// labels checks the label tables beside the run: each by itself, and that it is of
// this run and of samples that it has. Of a run that is not complete, samples may be
// labelled that are lost or are decoded again.
func (v *verifier) labels() {
	files, err := rundir.LabelFiles(v.dir)
	if err != nil {
		v.add("", "", "%v", err)
		return
	}
	run := v.m.RunID()
	for _, f := range files {
		if v.ctx.Err() != nil {
			return
		}
		v.guard(f.File, func() {
			t, err := labels.ReadFile(filepath.Join(v.dir, f.File))
			if err != nil {
				v.add(f.File, "", "%s", disk.Cause(err))
				return
			}
			v.out.Labels++
			if t.Run != run {
				v.add(f.File, "", "is of another run: %s, not %s", t.Run, run)
				return
			}
			for _, l := range t.Labels {
				if !v.has(l.SampleID) {
					v.add(f.File, fmt.Sprintf("sample %d", l.SampleID), "is labelled; the run has no such sample")
					return
				}
			}
		})
	}
}

// has says whether a sample is of the run.
func (v *verifier) has(id int64) bool {
	if v.m.Status != rundir.Complete {
		return v.m.Plan == nil || id < v.m.Plan.Samples
	}
	i := sort.Search(len(v.ids), func(i int) bool { return v.ids[i].To > id })
	return i < len(v.ids) && v.ids[i].From <= id
}
