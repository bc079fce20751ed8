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

// openLabels opens the label tables of a run; the caller closes them, also those that
// come with an error. They never change, so that one which an earlier export wrote is
// replaced by the same.
func openLabels(ctx context.Context, cfg Config, r *rundir.Run) (out []*exportTable, err error) {
	files, err := rundir.LabelFiles(r.Dir)
	if err != nil {
		return out, err
	}
	for _, f := range files {
		path := filepath.Join(r.Dir, f.File)
		if _, err := labels.ReadFile(path); err != nil {
			return out, err
		}
		t := &exportTable{ctx: ctx, fs: cfg.FS, name: strings.TrimSuffix(f.File, ".arrow"), paths: []string{path}}
		out = append(out, t)
		table, err := t.file(0)
		if err != nil {
			return out, err
		}
		t.rows, t.schema = table.Rows(), table.Schema()
		t.counts = []int64{t.rows}
		for i := range t.schema.Fields() {
			t.chosen = append(t.chosen, i)
		}
		target := filepath.Join(cfg.Out, t.name+".parquet")
		if _, err := os.Lstat(target); err == nil && !cfg.Overwrite {
			return out, fmt.Errorf("%w: %s", ErrExists, target)
		}
	}
	return out, nil
}
