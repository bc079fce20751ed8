package labels

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"intentprobe/storage/rundir"
)

// Check checks what a label table promises by itself.
func Check(h Header, labels []Label) error {
	if !slices.Contains([]string{Rule, File, Judge, Knowledge}, h.Source) {
		return fmt.Errorf("the source is %q", h.Source)
	}
	if !json.Valid(h.How) || h.How[0] != '{' {
		return fmt.Errorf("%q is no JSON object that says how they were made", h.How)
	}
	if h.SHA256 != "" && !rundir.SHA256Text.MatchString(h.SHA256) {
		return fmt.Errorf("%q is no sha256", h.SHA256)
	}
	if !rundir.SHA256Text.MatchString(h.Run) {
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
