package capture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"intentprobe/capture/hint"
	"intentprobe/models"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// findAdaptersOf finds the files of a run's adapters by their content: those that are
// given, or those where they lay, from where the spec means them, or beside the model. A
// file that was changed is an error that names it.
func findAdaptersOf(ctx context.Context, m *rundir.Manifest, spec *Spec, modelDir string, given []string) (out []string, err error) {
	if n := len(given); n > 0 && n != len(m.Adapters) {
		return nil, hint.Usage(fmt.Errorf("engine.adapters names %s, the run has %d", plural.Count(n, "adapter"), len(m.Adapters)), "name as many, in the order of the run, without scales")
	}
	if len(m.Adapters) != len(spec.Engine.Adapters) {
		return nil, fmt.Errorf("the manifest lists %s, its spec %d", plural.Count(len(m.Adapters), "adapter"), len(spec.Engine.Adapters))
	}
	for i, a := range m.Adapters {
		places := []string{spec.Engine.Adapters[i].File, filepath.Join(modelDir, a.File)}
		if i < len(m.Host.Adapters) {
			places = append([]string{m.Host.Adapters[i]}, places...)
		}
		if len(given) > 0 {
			places = given[i : i+1]
		}
		path, err := fileWith(ctx, a.SHA256, places)
		if err != nil {
			return nil, hint.With(fmt.Errorf("adapter %s: %w", a.File, err), "name it: ", hint.Key("engine.adapters"), " FILE, in the order of the run, without scales")
		}
		out = append(out, path)
	}
	return out, nil
}

// fileWith gives the first file of a sha256.
func fileWith(ctx context.Context, want string, places []string) (string, error) {
	changed := ""
	for _, path := range places {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		sum, err := models.FileSHA256(ctx, path)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil && sum == want:
			return path, nil
		case err == nil && changed == "":
			changed = fmt.Sprintf("; %s was changed, and has %s", path, sum)
		}
	}
	return "", fmt.Errorf("no file with the sha256 %s was found%s", want, changed)
}
