package label

import (
	"fmt"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/storage/labels"
	"intentprobe/storage/rundir"
)

// Agree compares two label tables of a run, each NAME (its newest version) or
// NAME@VERSION. ignoreAmbiguous leaves out the samples that either calls ambiguous;
// otherwise it is a value like others. show is how many samples to give on which they
// differ. Errors are *hint.UsageError or come from the files.
func Agree(dir, a, b string, ignoreAmbiguous bool, show int) (*Agreement, error) {
	var tables [2]*labels.Table
	for i, which := range []string{a, b} {
		name, version, err := parseTableName(which)
		if err != nil {
			return nil, err
		}
		if tables[i], err = labels.Read(dir, name, version); err != nil {
			return nil, advise(err, dir)
		}
	}
	out := compareTables(tables[0], tables[1], ignoreAmbiguous)
	out.Dir = dir
	if out.Differ = out.Differ[:min(show, len(out.Differ))]; len(out.Differ) > 0 {
		r, err := readRun(dir)
		if err != nil {
			return nil, err
		}
		r.describe(out.Differ)
	}
	return out, nil
}

// parseTableName reads NAME or NAME@VERSION; version 0 is the newest.
func parseTableName(text string) (string, int32, error) {
	name, number, given := strings.Cut(text, "@")
	version := int64(0)
	var err error
	if given {
		version, err = strconv.ParseInt(number, 10, 32)
	}
	if rundir.CheckLabelName(name) != nil || err != nil || given && version < 1 {
		return "", 0, hint.Usage(fmt.Errorf("%q names no label table", text), "write NAME, or NAME@VERSION with a version from 1, for example truth@2")
	}
	return name, int32(version), nil
}

// describe fills in what the samples said.
func (r *run) describe(differ []Disagreement) {
	of := map[int64]*rundir.Sample{}
	for i := range r.samples {
		of[r.samples[i].SampleID] = &r.samples[i]
	}
	for i := range differ {
		if s := of[differ[i].SampleID]; s != nil {
			differ[i].PromptID, differ[i].Arm, differ[i].Response = s.PromptID, s.Arm, s.Response
		}
	}
}
