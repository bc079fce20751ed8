package intent

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/dataset"
	"intentprobe/capture/intent/scenario"
	"intentprobe/capture/spec"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// Recorded is a run of a study as it lies in the study's folder.
type Recorded struct {
	Name     string `json:"name"`
	Folder   string `json:"folder"`
	Samples  int64  `json:"samples"`
	Manifest string `json:"manifest_sha256"`
}

// recorded is a study's folder that was read without a model.
type recorded struct {
	declared *Declaration
	study    *Study
	runs     []Recorded
	first    *rundir.Manifest // of the first run
}

// open reads what was declared in a folder, and what was asked from the data sets. What is not
// as it was declared, or not as its run left it, is an error.
func open(dir string) (*recorded, error) {
	d, err := ReadDeclaration(dir)
	if err != nil {
		return nil, err
	}
	r := &recorded{declared: d, study: d.Study}
	swaps := map[int]scenario.Swap{}
	for _, set := range d.DataSets {
		rows, err := set.read(dir)
		if err != nil {
			return nil, err
		}
		m, err := set.check(dir, d)
		if err != nil {
			return nil, err
		}
		if r.first == nil {
			r.first = m
		}
		r.runs = append(r.runs, Recorded{set.Run, filepath.Join(folder, set.Run), m.Samples, m.Host.SHA256})
		if err := r.study.take(set.Run, rows, swaps); err != nil {
			return nil, fmt.Errorf("%s: %w", datasetOf(dir, set.Run), err)
		}
	}
	if r.first == nil {
		return nil, fmt.Errorf("%s declares no run", filepath.Join(dir, DeclarationName))
	}
	if x := r.study.Swaps; x != nil {
		for i, place := range slices.Sorted(maps.Keys(swaps)) {
			if i != place {
				return nil, fmt.Errorf("%s: swap %d is in no data set", filepath.Join(dir, folder), i)
			}
			x.Swaps = append(x.Swaps, swaps[place])
		}
	}
	return r, nil
}

// read gives the rows of a data set, which must be those that were declared.
func (s DataSet) read(dir string) ([]byte, error) {
	path := datasetOf(dir, s.Run)
	rows, err := os.ReadFile(path)
	if err == nil && rundir.SumOf(rows) != s.SHA256 {
		err = fmt.Errorf("%s has the sha256 %s; %s declares %s", path, rundir.SumOf(rows), DeclarationName, s.SHA256)
	}
	return rows, err
}

// check holds the run of a data set against what was declared: finished, of this data set and
// this model, with the samples that it wrote.
func (s DataSet) check(dir string, d *Declaration) (*rundir.Manifest, error) {
	of := dirOf(dir, s.Run)
	run, err := rundir.OpenRecorded(of)
	if err != nil {
		return nil, err
	}
	m := run.Manifest
	if !m.Finished() {
		return nil, fmt.Errorf("%s is %s: `capture intent` goes on with it", of, m.Status)
	}
	if s.Run != random && m.Model.SHA256 != d.Model {
		return nil, fmt.Errorf("%s is of a model with the sha256 %s; %s declares %s", of, m.Model.SHA256, DeclarationName, d.Model)
	}
	how, err := spec.OfRun(m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", of, err)
	}
	how.Prompts = spec.Prompts{File: datasetOf(dir, s.Run)}
	data, err := dataset.FromSpec(&how)
	if err != nil {
		return nil, err
	}
	if data.SHA256 != m.Dataset.SHA256 {
		return nil, fmt.Errorf("%s was asked other rows than those of %s", of, datasetOf(dir, s.Run))
	}
	for _, f := range m.Files {
		if err := disk.CheckSum(run.Path(f), f.SHA256); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// take takes the rows of a run's data set into a study that was declared.
func (s *Study) take(run string, rows []byte, swaps map[int]scenario.Swap) (err error) {
	last, isSwap := strings.CutPrefix(run, swapped)
	kind, isControl := strings.CutPrefix(run, control)
	switch {
	case run == behaviour:
		s.Questions, err = scenario.ReadQuestions(bytes.NewReader(rows))
	case isControl && s.ReadOut != nil:
		if s.ReadOut.Controls == nil {
			s.ReadOut.Controls = map[string][]scenario.Told{}
		}
		s.ReadOut.Controls[kind] = nil // its rows are read by what was captured
	case isSwap && s.Swaps != nil:
		at, err := strconv.Atoi(last)
		if err != nil {
			return fmt.Errorf("%s names no token", run)
		}
		of, err := scenario.ReadSwaps(bytes.NewReader(rows), at)
		if err != nil {
			return err
		}
		maps.Copy(swaps, of)
	}
	return err
}
