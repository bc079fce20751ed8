package label

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"intentprobe/capture/hint"
	"intentprobe/storage"
)

// run is a run whose samples are labelled.
type run struct {
	dir      string
	manifest *storage.Manifest
	samples  []storage.Sample // all of the run, in order of their ids
}

// openRun reads the samples of a run, complete or stopped, that labels can be written
// beside.
func openRun(dir string) (*run, error) {
	if err := storage.CheckLabelling(dir); err != nil {
		return nil, advise(err, dir)
	}
	return readRun(dir)
}

// readRun reads the samples of a run.
func readRun(dir string) (*run, error) {
	record, err := storage.ReadRecord(dir)
	if err != nil {
		return nil, advise(err, dir)
	}
	r := &run{dir: dir, manifest: record.Manifest}
	for _, g := range record.Groups {
		samples, err := storage.ReadSamples(record.Path(g.Files[0]))
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
func (r *run) write(source string, opt Options, values []string, how any, labels []storage.Label) (*Summary, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(how); err != nil {
		return nil, err
	}
	header, err := storage.WriteLabels(nil, r.dir, storage.LabelTable{
		LabelHeader: storage.LabelHeader{Name: opt.Name, Source: source, Values: values, How: bytes.TrimSpace(text.Bytes()), Tool: opt.Tool, Run: r.manifest.RunID()},
		Labels:      labels,
	})
	if err != nil {
		return nil, advise(err, r.dir)
	}
	return summarise(r.dir, &storage.LabelTable{LabelHeader: header, Labels: labels}), nil
}

// advise says what to do about a folder that no labels can be written into, or that has
// none.
func advise(err error, dir string) error {
	var locked *storage.LockedError
	switch {
	case errors.As(err, &locked):
		return hint.With(err, "label it when the run has ended or was stopped")
	case os.IsNotExist(err), errors.Is(err, storage.ErrNoRecord):
		return hint.Usage(err, "name a run directory: ", hint.Command{"run"}, " writes one")
	case errors.Is(err, storage.ErrNoLabels):
		return hint.Usage(err, hint.Command{"label", dir}, " lists the tables")
	case errors.Is(err, storage.ErrOtherRun):
		return hint.With(err, "label again")
	}
	return err
}
