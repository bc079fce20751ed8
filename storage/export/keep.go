package export

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// ErrNoSample says that no sample of a run is to be written.
var ErrNoSample = errors.New("no sample fits")

// keep chooses samples and their rows. Memory holds the samples of a group, and some tens
// of bytes for each that is written.
func (e *export) keep() error {
	samples, rows := e.samples, e.activations
	samples.places = []int64{}
	var firstSample, firstRow, place int64
	for i, path := range samples.paths {
		group, err := rundir.ReadSamples(path)
		if err != nil {
			return err
		}
		for j := range group {
			s := &group[j]
			if !e.cfg.Keep(s) {
				continue
			}
			if i >= len(rows.counts) || s.FirstRow < 0 || s.Rows < 0 || s.Rows > rows.counts[i] || s.FirstRow > rows.counts[i]-s.Rows {
				return &disk.DamageError{Path: path, Err: fmt.Errorf("sample %d has rows %d to %d, which are not there", s.SampleID, s.FirstRow, s.FirstRow+s.Rows)}
			}
			at := firstSample + int64(j)
			samples.kept = joined(samples.kept, arrowfile.Span{From: at, To: at + 1})
			rows.kept = joined(rows.kept, arrowfile.Span{From: firstRow + s.FirstRow, To: firstRow + s.FirstRow + s.Rows})
			samples.places = append(samples.places, place)
			place += s.Rows
		}
		firstSample += samples.counts[i]
		if i < len(rows.counts) {
			firstRow += rows.counts[i]
		}
	}
	if len(samples.places) == 0 {
		return fmt.Errorf("%w %s", ErrNoSample, strings.Join(e.cfg.Where, " and "))
	}
	samples.ends, rows.ends = endsOf(samples.kept), endsOf(rows.kept)
	samples.rows, rows.rows = int64(len(samples.places)), place
	if rows.kept == nil {
		rows.kept = []arrowfile.Span{}
	}
	return nil
}

// endsOf gives how many rows there are up to the end of each span.
func endsOf(spans []arrowfile.Span) (out []int64) {
	n := int64(0)
	for _, s := range spans {
		n += s.To - s.From
		out = append(out, n)
	}
	return out
}

// joined adds rows that come after others.
func joined(spans []arrowfile.Span, s arrowfile.Span) []arrowfile.Span {
	if s.From == s.To {
		return spans
	}
	if n := len(spans); n > 0 && spans[n-1].To == s.From {
		spans[n-1].To = s.To
		return spans
	}
	return append(spans, s)
}

// spans gives the rows of the files, as one, that rows of the export are.
func (t *exportTable) spans(s arrowfile.Span) (out []arrowfile.Span) {
	if t.kept == nil {
		return []arrowfile.Span{s}
	}
	i := sort.Search(len(t.ends), func(i int) bool { return t.ends[i] > s.From })
	for ; i < len(t.kept) && s.From < s.To; i++ {
		k := t.kept[i]
		k.From = k.To - (t.ends[i] - s.From)
		n := min(k.To-k.From, s.To-s.From)
		k.To = k.From + n
		out = append(out, k)
		s.From += n
	}
	return out
}
