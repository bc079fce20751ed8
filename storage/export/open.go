package export

import (
	"context"
	"encoding/json"
	"path/filepath"

	"intentprobe/storage/rundir"
)

// export is an export under way.
type export struct {
	cfg                  Config
	manifest             *rundir.Manifest
	activations, samples *exportTable
	labels               []*exportTable // of parquet alone
}

func newExport(ctx context.Context, r *rundir.Run, cfg Config) (*export, error) {
	if err := checkExport(r.Dir, cfg); err != nil {
		return nil, err
	}
	e := &export{cfg: cfg, manifest: r.Manifest}
	if err := e.open(ctx, r); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *export) open(ctx context.Context, r *rundir.Run) (err error) {
	if e.activations, err = openExport(ctx, e.cfg.FS, r, "activations"); err != nil {
		return err
	}
	if e.samples, err = openExport(ctx, e.cfg.FS, r, "samples"); err != nil {
		return err
	}
	if err := e.activations.choose(e.cfg.Columns); err != nil {
		return err
	}
	if e.cfg.Keep != nil {
		if err := e.keep(); err != nil {
			return err
		}
	}
	if e.cfg.Format == "parquet" {
		if e.labels, err = openLabels(ctx, e.cfg, r); err != nil {
			return err
		}
	}
	return e.samples.relocate(filepath.Base(exportTargets(e.cfg)[0]), e.activations)
}

func (e *export) close() {
	for _, t := range append([]*exportTable{e.activations, e.samples}, e.labels...) {
		if t != nil {
			t.close()
		}
	}
}

// partial says how much of the run is there; empty where all of it is.
func (e *export) partial() string {
	if e.manifest.Finished() {
		return ""
	}
	return e.manifest.Extent()
}

// where gives the conditions on samples as JSON; empty where there are none.
func (e *export) where() string {
	if len(e.cfg.Where) == 0 {
		return ""
	}
	return string(rundir.PlainJSON(e.cfg.Where))
}

// manifestText is the manifest without what it says of the machine.
func (e *export) manifestText() (string, error) {
	text, err := json.Marshal(e.manifest)
	if err != nil {
		return "", err
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return "", err
	}
	delete(keys, "host")
	text, err = json.Marshal(keys)
	return string(text), err
}
