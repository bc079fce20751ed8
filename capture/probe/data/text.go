package data

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// texts gives of each sample a name of what the model read, by which samples under several
// ids are known to be one: the prompt, with the answer where it was given, or where it always
// counts; of a follow-up that of the answer which it asks about. Letter case and the amount of
// white space do not count. It is "" where there is no text.
func (s *Set) texts(answers bool) ([]string, error) {
	out := make([]string, len(s.Samples))
	byID := make([]map[int64]*rundir.Sample, len(s.Runs))
	for i := range s.Samples {
		x := &s.Samples[i]
		of := x.Sample
		if of.ParentSampleID != nil {
			if byID[x.Run] == nil {
				all, err := s.Runs[x.Run].Run.Samples()
				if err != nil {
					return nil, err
				}
				byID[x.Run] = make(map[int64]*rundir.Sample, len(all))
				for k := range all {
					byID[x.Run][all[k].SampleID] = &all[k]
				}
			}
			of = root(of, byID[x.Run])
		}
		if of != nil {
			out[i] = textOf(of, answers)
		}
	}
	return out, nil
}

// root is the answer that a follow-up asks about; nil where the run does not have it.
func root(s *rundir.Sample, byID map[int64]*rundir.Sample) *rundir.Sample {
	for range len(byID) {
		if s == nil || s.ParentSampleID == nil {
			return s
		}
		s = byID[*s.ParentSampleID]
	}
	return nil
}

func textOf(s *rundir.Sample, answer bool) string {
	words := strings.Fields(strings.ToLower(s.Prompt))
	if answer || s.FinishReason != "stop" && s.FinishReason != "length" {
		words = append(append(words, "\n"), strings.Fields(strings.ToLower(s.Response))...)
	}
	if len(words) == 0 || len(words) == 1 && words[0] == "\n" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(words, " ")))
	return fmt.Sprintf("text %x", sum[:8])
}

// sameTexts joins groups that have samples of one text. Groups that were chosen by key hold
// samples of one prompt apart where the answers differ.
func (s *Set) sameTexts(joined []string) (texts []string, err error) {
	if texts, err = s.texts(len(s.opt.Group) > 0); err != nil {
		return nil, err
	}
	first, across := map[string]int{}, map[string]bool{}
	for i, text := range texts {
		at, there := first[text]
		if !there {
			first[text] = i
		} else if text != "" && joined[at] != joined[i] {
			across[joined[at]], across[joined[i]] = true, true
		}
	}
	if len(across) > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%s have samples of one text under other names, and are joined where they do: on two sides of a split, a probe would know them by heart.", plural.Count(len(across), "group")))
	}
	return texts, nil
}

// Marks are the names by which a sample is known again in other runs, whatever groups there
// are: its question, and its text where it has one.
func (s *Set) Marks(i int) []string {
	out := []string{questionOf(s.Samples[i].Sample)}
	if text := s.Samples[i].Text; text != "" {
		out = append(out, text)
	}
	return out
}
