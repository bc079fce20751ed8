package rows

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/storage/rundir"
)

// Points checks the points of a run that are asked for, or gives all of them that are as
// wide as the model. The error is a *hint.UsageError.
func Points(run *rundir.Run, asked []string) ([]string, error) {
	var names, wide []string
	for _, h := range run.Manifest.Hooks {
		if h.Name == rundir.LogitsColumn || filepath.Ext(h.Name) == ".token_id" {
			continue
		}
		names = append(names, h.Name)
		if slices.Equal(h.Shape, []int{run.Manifest.Model.Width}) {
			wide = append(wide, h.Name)
		}
	}
	if asked == nil {
		asked = wide
	}
	if len(asked) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s has no point that is as wide as the model", run.Dir), "choose points: ", hint.Command{"inspect", run.Dir}, " lists them")
	}
	for _, p := range asked {
		if !slices.Contains(names, p) {
			return nil, hint.Usage(fmt.Errorf("%s has no point %q", run.Dir, p), "nearest of its points: "+strings.Join(hooks.Nearest(p, names), ", ")+"; ", hint.Command{"inspect", run.Dir}, " lists all")
		}
	}
	return asked, nil
}
