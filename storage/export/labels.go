package export

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// openLabels opens the label tables of the run. They never change, so that one which
// an earlier export wrote is replaced by the same.
func (e *export) openLabels(ctx context.Context, r *rundir.Run) error {
	files, err := rundir.LabelFiles(r.Dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(r.Dir, f.File)
		if _, err := labels.ReadFile(path); err != nil {
			return err
		}
		t := &exportTable{ctx: ctx, fs: e.cfg.FS, name: strings.TrimSuffix(f.File, ".arrow"), paths: []string{path}}
		e.labels = append(e.labels, t)
		table, err := t.file(0)
		if err != nil {
			return err
		}
		t.rows, t.schema = table.Rows(), table.Schema()
		t.counts = []int64{t.rows}
		for i := range t.schema.Fields() {
			t.chosen = append(t.chosen, i)
		}
		target := filepath.Join(e.cfg.Out, t.name+".parquet")
		if _, err := os.Lstat(target); err == nil && !e.cfg.Overwrite {
			return fmt.Errorf("%w: %s", ErrExists, target)
		}
	}
	return nil
}
