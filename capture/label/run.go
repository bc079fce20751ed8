package label

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"intentprobe/capture/hint"
	"intentprobe/storage/disk"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// run is a run whose samples are labelled.
type run struct {
	dir      string
	manifest *rundir.Manifest
	samples  []rundir.Sample // all of the run, in order of their ids
}

// openRun reads the samples of a run, complete or stopped, that labels can be written
// beside.
func openRun(dir string) (*run, error) {
	if err := labels.CheckFolder(dir); err != nil {
		return nil, advise(err, dir)
	}
	return readRun(dir)
}

// readRun reads the samples of a run.
func readRun(dir string) (*run, error) {
	record, err := rundir.OpenRecorded(dir)
	if err != nil {
		return nil, advise(err, dir)
	}
	r := &run{dir: dir, manifest: record.Manifest}
	for _, g := range record.Groups {
		samples, err := rundir.ReadSamples(record.Path(g.Files[0]))
		if err != nil {
			return nil, err
		}
		r.samples = append(r.samples, samples...)
	}
	if len(r.samples) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s holds no sample that could be labelled", dir), "finish the run with ", hint.Command{"resume", dir})
	}
	return r, nil
}

// write writes labels as the next version of their name. values are those that the table
// allows, and how says how the labels were made.
func (r *run) write(source string, opt Options, values []string, how any, list []labels.Label) (*Summary, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(how); err != nil {
		return nil, err
	}
	header, err := labels.Write(nil, r.dir, labels.Table{
		Header: labels.Header{Name: opt.Name, Source: source, Values: values, How: bytes.TrimSpace(text.Bytes()), Tool: opt.Tool, Run: r.manifest.RunID()},
		Labels: list,
	})
	if err != nil {
		return nil, advise(err, r.dir)
	}
	return summarise(r.dir, &labels.Table{Header: header, Labels: list}), nil
}

// advise says what to do about a folder that no labels can be written into, or that has
// none.
func advise(err error, dir string) error {
	var locked *disk.LockedError
	switch {
	case errors.As(err, &locked):
		return hint.With(err, "label it when the run has ended or was stopped")
	case os.IsNotExist(err), errors.Is(err, rundir.ErrNoRecord):
		return hint.Usage(err, "name a run directory: ", hint.Command{"run"}, " writes one")
	case errors.Is(err, labels.ErrNone):
		return hint.Usage(err, hint.Command{"label", dir}, " lists the tables")
	case errors.Is(err, labels.ErrOtherRun):
		return hint.With(err, "label again")
	}
	return err
}
