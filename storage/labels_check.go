package storage

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sort"
	"unicode/utf8"
)

// checkLabels checks what a label table promises by itself.
func checkLabels(h LabelHeader, labels []Label) error {
	if !slices.Contains([]string{LabelRule, LabelFile, LabelJudge, LabelKnowledge}, h.Source) {
		return fmt.Errorf("the source is %q", h.Source)
	}
	if !json.Valid(h.How) || h.How[0] != '{' {
		return fmt.Errorf("%q is no JSON object that says how they were made", h.How)
	}
	if h.SHA256 != "" && !sha256Text.MatchString(h.SHA256) {
		return fmt.Errorf("%q is no sha256", h.SHA256)
	}
	if !sha256Text.MatchString(h.Run) {
		return fmt.Errorf("%q is no sha256 of a run", h.Run)
	}
	last := int64(-1)
	for _, l := range labels {
		if l.SampleID < 0 {
			return fmt.Errorf("sample %d is labelled, and no sample has this id", l.SampleID)
		}
		if l.SampleID == last {
			return fmt.Errorf("sample %d is labelled twice", l.SampleID)
		}
		if l.SampleID < last {
			return fmt.Errorf("sample %d comes after sample %d", l.SampleID, last)
		}
		last = l.SampleID
		if l.Value == "" {
			return fmt.Errorf("sample %d: the value is empty", l.SampleID)
		}
		if h.Values != nil && l.Value != Ambiguous && !slices.Contains(h.Values, l.Value) {
			return fmt.Errorf("sample %d: the value %q is none of %q", l.SampleID, l.Value, h.Values)
		}
		if c := l.Confidence; c != nil && (math.IsNaN(*c) || *c < 0 || *c > 1) {
			return fmt.Errorf("sample %d: the confidence is %v; it must be from 0 to 1", l.SampleID, *c)
		}
		for _, text := range []*string{&l.Value, l.Prompt, l.Answer, l.Note} {
			if text != nil && !utf8.ValidString(*text) {
				return fmt.Errorf("sample %d: %q is not UTF-8", l.SampleID, *text)
			}
		}
	}
	return nil
}

// labels checks the label tables beside the run: each by itself, and that it is of
// this run and of samples that it has. Of a run that is not complete, samples may be
// labelled that are lost or are decoded again.
func (v *verifier) labels() {
	files, err := labelFiles(v.dir)
	if err != nil {
		v.add("", "", "%v", err)
		return
	}
	run := v.m.RunID()
	for _, f := range files {
		if v.ctx.Err() != nil {
			return
		}
		v.guard(f.file, func() {
			t, err := readLabelFile(filepath.Join(v.dir, f.file))
			if err != nil {
				v.add(f.file, "", "%s", cause(err))
				return
			}
			v.out.Labels++
			if t.Run != run {
				v.add(f.file, "", "is of another run: %s, not %s", t.Run, run)
				return
			}
			for _, l := range t.Labels {
				if !v.has(l.SampleID) {
					v.add(f.file, fmt.Sprintf("sample %d", l.SampleID), "is labelled; the run has no such sample")
					return
				}
			}
		})
	}
}

// has says whether a sample is of the run.
func (v *verifier) has(id int64) bool {
	if v.m.Status != Complete {
		return v.m.Plan == nil || id < v.m.Plan.Samples
	}
	i := sort.Search(len(v.ids), func(i int) bool { return v.ids[i].to > id })
	return i < len(v.ids) && v.ids[i].from <= id
}
