package storage

import (
	"encoding/json"
	"path/filepath"
	"slices"

	"intentprobe/storage/disk"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// mergeLabels puts the label tables of shards together: tables of the same name and
// version that were made in the same way become one, others further versions of their
// name. What the model knows is left out: no shard has all answers to a question.
func (w *Writer) mergeLabels(shares []*rundir.Run) error {
	var tables []*labels.Table
	for _, s := range shares {
		files, err := rundir.LabelFiles(s.Dir)
		if err != nil {
			return err
		}
		for _, f := range files {
			path := filepath.Join(s.Dir, f.File)
			t, err := labels.ReadFile(path)
			if err != nil {
				return err
			}
			if t.Run != s.Manifest.RunID() {
				return &disk.DamageError{Path: path, Err: labels.ErrOtherRun}
			}
			if t.Source != labels.Knowledge {
				tables = joinLabels(tables, t)
			}
		}
	}
	slices.SortStableFunc(tables, func(a, b *labels.Table) int { return int(a.Version) - int(b.Version) })
	for _, t := range tables {
		var err error
		if t.Version, err = labels.NextVersion(w.cfg.Dir, t.Name); err != nil {
			return err
		}
		slices.SortFunc(t.Labels, func(a, b labels.Label) int { return int(a.SampleID - b.SampleID) })
		if err := labels.Check(t.Header, t.Labels); err != nil {
			return err
		}
		if err := labels.WriteFile(w.fs, w.cfg.Dir, w.cfg.Manifest.Format(), &t.Header, t.Labels); err != nil {
			return err
		}
	}
	return nil
}

// joinLabels adds the labels of a table to one that was made in the same way, or the
// table itself where there is none.
func joinLabels(tables []*labels.Table, t *labels.Table) []*labels.Table {
	for _, other := range tables {
		if other.Name == t.Name && other.Version == t.Version && madeAs(other.Header) == madeAs(t.Header) {
			other.Labels = append(other.Labels, t.Labels...)
			if t.Time.After(other.Time) {
				other.Time = t.Time
			}
			return tables
		}
	}
	return append(tables, t)
}

// madeAs is all of a header that says how its labels were made.
func madeAs(h labels.Header) string {
	text, _ := json.Marshal([]any{h.Source, h.Values, h.How, h.Tool}) // was JSON: cannot fail
	return string(text)
}
