package capture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"intentprobe/capture/hint"
	"intentprobe/storage"
)

// LabelOptions says under what name a run's samples are labelled, and which of them.
type LabelOptions struct {
	Name  string
	Where []string     // KEY=VALUE, all of which must hold: a column of samples or a key of the row
	Tool  storage.Tool // this program
}

// Labelled says what a labelling came to.
type Labelled struct {
	storage.LabelHeader
	Dir    string         `json:"path"`
	Labels int            `json:"labels"`
	Counts map[string]int `json:"counts"` // of labels, by value
}

// labelling is a run whose samples are being labelled. Nothing of the run is changed.
type labelling struct {
	dir     string
	record  *storage.Record
	samples []storage.Sample // all of the run, in order of their ids
}

// openLabelling reads the samples of a run, complete or stopped, that labels can be
// written beside.
func openLabelling(dir string) (*labelling, error) {
	if err := storage.CheckLabelling(dir); err != nil {
		return nil, labelError(err, dir)
	}
	return readLabelling(dir)
}

// readLabelling reads the samples of a run.
func readLabelling(dir string) (*labelling, error) {
	record, err := storage.ReadRecord(dir)
	if err != nil {
		return nil, labelError(err, dir)
	}
	l := &labelling{dir: dir, record: record}
	for _, g := range record.Groups {
		samples, err := storage.ReadSamples(record.Path(g.Files[0]))
		if err != nil {
			return nil, err
		}
		l.samples = append(l.samples, samples...)
	}
	if len(l.samples) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s holds no sample that could be labelled", dir), fmt.Sprintf("finish the run with `capture resume %s`", dir))
	}
	return l, nil
}

// labelError says what to do about a folder that no labels can be written into.
func labelError(err error, dir string) error {
	var locked *storage.LockedError
	switch {
	case errors.As(err, &locked):
		return hint.With(err, "label it when the run has ended or was stopped")
	case os.IsNotExist(err), errors.Is(err, storage.ErrNoRecord):
		return hint.Usage(err, "name a run directory: `capture run` writes one")
	case errors.Is(err, storage.ErrNoLabels):
		return hint.Usage(err, fmt.Sprintf("`capture label %s` lists the tables", dir))
	case errors.Is(err, storage.ErrOtherRun):
		return hint.With(err, "label again")
	}
	return err
}

// write writes labels as the next version of their name.
func (l *labelling) write(source string, opt LabelOptions, values []string, how any, labels []storage.Label) (*Labelled, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(how); err != nil {
		return nil, err
	}
	header, err := storage.WriteLabels(nil, l.dir, storage.LabelTable{
		LabelHeader: storage.LabelHeader{Name: opt.Name, Source: source, Values: values, How: bytes.TrimSpace(text.Bytes()), Tool: opt.Tool, Run: l.record.Manifest.RunID()},
		Labels:      labels,
	})
	if err != nil {
		return nil, labelError(err, l.dir)
	}
	return labelled(l.dir, &storage.LabelTable{LabelHeader: header, Labels: labels}), nil
}

// labelled counts the labels of a table.
func labelled(dir string, t *storage.LabelTable) *Labelled {
	out := &Labelled{LabelHeader: t.LabelHeader, Dir: dir, Labels: len(t.Labels), Counts: map[string]int{}}
	for _, label := range t.Labels {
		out.Counts[label.Value]++
	}
	return out
}

// check refuses options that no labelling can have, before anything is read.
func (opt LabelOptions) check() error {
	if err := storage.CheckLabelName(opt.Name); err != nil {
		return hint.Usage(err, "for example --name truth")
	}
	return nil
}

// Labellings gives what a run's label tables hold, in order of names and versions.
func Labellings(dir string) ([]*Labelled, error) {
	if _, err := storage.ReadRecord(dir); err != nil {
		return nil, labelError(err, dir)
	}
	headers, err := storage.ListLabels(dir)
	if err != nil {
		return nil, err
	}
	out := []*Labelled{}
	for _, h := range headers {
		t, err := storage.ReadLabels(dir, h.Name, h.Version)
		if err != nil {
			return nil, err
		}
		out = append(out, labelled(dir, t))
	}
	return out, nil
}
