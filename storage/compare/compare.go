package compare

import (
	"fmt"
	"path/filepath"
	"slices"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// Result is what a group and the same group written again have in common.
type Result struct {
	Samples   int64
	Rows      int64
	Different int64      // samples
	First     *Deviation // the first place in the order of samples, positions, columns
	Largest   *Deviation // the largest difference of activations, before the first token that differs
}

// Group compares the samples of a group of a run with those that were
// written again into another folder; ids chooses among them, none are all. Where
// both files are the same bytes nothing more is read. Memory holds a sample of one
// column at a time. The error is about reading.
func Group(then *rundir.Run, g rundir.Group, dir string, ids []int64) (*Result, error) {
	c := &comparison{then: &rundir.Run{Dir: then.Dir, Manifest: then.Manifest, Groups: []rundir.Group{g}}, now: &rundir.Run{Dir: dir, Groups: []rundir.Group{g}}}
	for _, h := range then.Manifest.Hooks {
		c.columns = append(c.columns, h.Name)
	}
	was, err := c.then.Samples()
	if err != nil {
		return nil, err
	}
	is, err := c.now.Samples()
	if err != nil {
		return nil, err
	}
	if len(is) < len(was) {
		return nil, fmt.Errorf("group %d has %s in %s and %d when run again", g.Number, plural.Count(len(was), "sample"), then.Dir, len(is))
	}
	same, err := sameBytes(then.Dir, dir, g)
	if err == nil && !same {
		err = g.Intact(then.Dir)
	}
	if err != nil {
		return nil, err
	}
	for i, s := range was {
		if len(ids) > 0 && !slices.Contains(ids, s.SampleID) {
			continue
		}
		c.Samples++
		c.Rows += s.Rows
		if same {
			continue
		}
		if err := c.sample(g, i, s, is[i]); err != nil {
			return nil, err
		}
	}
	return &c.Result, nil
}

// sameBytes says whether the files of a group are the same in both folders.
func sameBytes(a, b string, g rundir.Group) (bool, error) {
	for _, f := range g.Files {
		same, err := disk.SameFile(filepath.Join(a, filepath.Base(f.Name)), filepath.Join(b, filepath.Base(f.Name)))
		if err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

type comparison struct {
	Result
	then, now *rundir.Run
	columns   []string
}

// sample compares a sample, the i-th of its group: what is said of it, its rows, its
// activations, and what they were reduced to.
func (c *comparison) sample(g rundir.Group, i int, was, is rundir.Sample) error {
	found, err := c.rows(was, is)
	if err != nil {
		return err
	}
	if found == nil {
		found = SampleDeviation(c.then.Manifest.FormatVersion, was, is, c.then.Manifest.Optional.Probes()...)
	}
	if found == nil {
		if found, err = c.reduced(g, int64(i), was); err != nil {
			return err
		}
	}
	if found != nil {
		c.Different++
		if c.First == nil {
			c.First = found
		}
	}
	return nil
}

// rows gives the first place where the rows of a sample differ.
func (c *comparison) rows(was, is rundir.Sample) (*Deviation, error) {
	a, err := c.then.Read(was)
	if err != nil {
		return nil, err
	}
	b, err := c.now.Read(is)
	if err != nil {
		return nil, err
	}
	first, at, how := rowDeviation(c.then.Manifest.FormatVersion, c.then.Manifest.Optional.Probes(), was, a.Rows, b.Rows)
	// Scores follow from activations; after a token that differs all else differs.
	score := how == rundir.Score
	end := min(len(a.Rows), len(b.Rows))
	if first != nil && !score {
		end = at
	}
	for _, name := range c.columns {
		d, row, err := c.column(was, is, name, end)
		if err != nil {
			return nil, err
		}
		if d != nil && (first == nil || row < at || row == at && score) {
			first, at, score = d, row, false
		}
	}
	return first, nil
}

// column gives the first row in which an activation differs, and keeps the
// largest difference of all.
func (c *comparison) column(was, is rundir.Sample, name string, rows int) (first *Deviation, at int, err error) {
	a, err := c.then.Read(was, name)
	if err != nil {
		return nil, 0, err
	}
	b, err := c.now.Read(is, name)
	if err != nil {
		return nil, 0, err
	}
	size := arrowfile.Elements(a.Shapes[0])
	if !slices.Equal(a.Shapes[0], b.Shapes[0]) {
		return deviation(was, Deviation{Position: -1, Column: name, Then: fmt.Sprint(a.Shapes[0]), Now: fmt.Sprint(b.Shapes[0])}), 0, nil
	}
	for i := range rows {
		d := tensorDeviation(a.Values[0][i*size:(i+1)*size], b.Values[0][i*size:(i+1)*size])
		if d == nil {
			continue
		}
		d.SampleID, d.PromptID, d.Arm, d.Position, d.Column = was.SampleID, was.PromptID, was.Arm, a.Rows[i].Position, name
		if first == nil {
			first, at = d, i
		}
		if c.Largest == nil || d.Size > c.Largest.Size {
			c.Largest = d
		}
	}
	return first, at, nil
}
