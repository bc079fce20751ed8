package capture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"intentprobe/capture/decode"
	"intentprobe/capture/hint"
	"intentprobe/storage"
	"intentprobe/storage/compare"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// Replayed is what Replay found.
type Replayed struct {
	Dir         string              `json:"run"`
	Identical   bool                `json:"identical"`
	Samples     int64               `json:"samples"` // compared
	Rows        int64               `json:"rows"`    // of these
	Different   int64               `json:"different_samples"`
	First       *compare.Deviation  `json:"first,omitempty"`   // the first sample that differs
	Largest     *compare.Deviation  `json:"largest,omitempty"` // the largest difference of an activation, where tokens agree
	Environment []rundir.Difference `json:"environment"`       // what differs between then and now
}

// Replay runs samples again, as their run was made, and compares every bit of them; no ids
// are all that the run holds. Samples are decoded together with those of their group,
// since which samples are decoded together may show in the last bits. What is decoded lies
// in a temporary folder, a group at a time. Errors are *hint.UsageError for an id that the
// run does not hold, a *DifferentError where the spec means other samples today, or as
// Session.Run's.
func (r *Reopened) Replay(ctx context.Context, ids []int64, progress func(Progress)) (*Replayed, error) {
	out := &Replayed{Dir: r.Record.Dir, Environment: r.Differences}
	plan := r.Prepared.Plan()
	if then := r.Record.Manifest.Plan; then == nil || *then != plan {
		return nil, hint.With(fmt.Errorf("%s has another plan than its spec has today", out.Dir), "use the version that wrote the run: "+r.Record.Manifest.Tool.Version)
	}
	groups, err := r.groupsWith(ids)
	if err != nil {
		return nil, err
	}
	d, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer d.engine.Close()
	temp, err := os.MkdirTemp("", "capture-replay-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	for _, g := range groups {
		dir := filepath.Join(temp, fmt.Sprintf("group-%05d", g.Number))
		if err := d.again(ctx, g, dir, progress); err != nil {
			return nil, err
		}
		c, err := compare.Group(r.Record, g, dir, ids)
		if err != nil {
			return nil, hint.With(err, "look for damage with ", hint.Command{"verify", out.Dir})
		}
		out.add(c)
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
	}
	out.Identical = out.Different == 0
	return out, nil
}

// groupsWith gives the groups of the run that hold the samples.
func (r *Reopened) groupsWith(ids []int64) ([]rundir.Group, error) {
	if len(r.Record.Groups) == 0 && !r.Record.Manifest.Finished() {
		return nil, hint.Usage(fmt.Errorf("%s holds no sample yet", r.Record.Dir), "go on with ", hint.Command{"resume", r.Record.Dir})
	}
	if len(ids) == 0 {
		return r.Record.Groups, nil
	}
	var out []rundir.Group
	for _, id := range ids {
		at := slices.IndexFunc(r.Record.Groups, func(g rundir.Group) bool { return id >= g.FirstSample && id < g.FirstSample+g.Samples })
		if at < 0 {
			return nil, hint.Usage(fmt.Errorf("%s holds no sample %d", r.Record.Dir, id), hint.Command{"inspect"}, " lists the samples of a run")
		}
		if g := r.Record.Groups[at]; !slices.ContainsFunc(out, func(o rundir.Group) bool { return o.Number == g.Number }) {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b rundir.Group) int { return a.Number - b.Number })
	return out, nil
}

// again decodes one group into a folder of its own.
func (d *decoding) again(ctx context.Context, g rundir.Group, dir string, progress func(Progress)) error {
	m := d.manifest(rundir.Tool{})
	cfg := d.storage(dir, m)
	cfg.FS = disk.Unsynced{}
	w, err := storage.Create(cfg)
	if err != nil {
		return err
	}
	defer w.Close()
	return d.runner([]int{g.Number}, decode.WriterSink(w), progress).Run(ctx)
}

func (r *Replayed) add(c *compare.Result) {
	r.Samples += c.Samples
	r.Rows += c.Rows
	r.Different += c.Different
	if r.First == nil {
		r.First = c.First
	}
	if c.Largest != nil && (r.Largest == nil || c.Largest.Size > r.Largest.Size) {
		r.Largest = c.Largest
	}
}
