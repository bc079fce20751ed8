package storage

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// salvage writes anew what can be read of a group: its samples, from the first on,
// that are whole in both files.
func (r *recovery) salvage(ctx context.Context, number int) error {
	table, samples, name, err := r.samples(number)
	if err != nil {
		r.lose(name, r.planned(number), "%v", disk.Cause(err))
		return ctx.Err()
	}
	defer table.Close()
	rows, name, err := r.open("activations", number)
	if err != nil {
		r.lose(name, r.count(number, len(samples)), "%v", disk.Cause(err))
		return ctx.Err()
	}
	defer rows.Close()
	kept := wholeSamples(samples, rows.Rows(), rundir.GroupFile("activations", number))
	if len(kept) == 0 {
		r.lose(name, r.count(number, len(samples)), "was cut short within its first sample")
		return nil
	}
	g, err := r.write(ctx, number, kept, table, rows)
	if err != nil {
		if !disk.IsDamage(err) {
			return r.w.fail(err)
		}
		r.lose(name, r.count(number, len(samples)), "%v", disk.Cause(err))
		return nil
	}
	problems := verify.Group(ctx, r.w.cfg.Dir, r.m, *g)
	if err := ctx.Err(); err != nil {
		return r.w.fail(err)
	}
	if len(problems) > 0 {
		r.lose(name, r.count(number, len(samples)), "%s", problems[0].String())
		for _, f := range g.Files {
			if err := r.w.fs.Remove(filepath.Join(r.w.cfg.Dir, f.Name)); err != nil {
				return r.w.fail(err)
			}
		}
		return ctx.Err()
	}
	if lost := r.held(number, len(samples)) - g.Samples; lost > 0 {
		saved := fmt.Sprintf("first %d samples are", g.Samples)
		if g.Samples == 1 {
			saved = "first sample is"
		}
		r.lose(name, lost, "was cut short: of its group the %s saved", saved)
	}
	r.Parts++
	return r.w.fail(r.w.enter(*g))
}

// count is how many samples a group has that shows so many.
func (r *recovery) count(number, samples int) int64 { return max(r.planned(number), int64(samples)) }

// held is how many samples a group had: of one in which the run was stopped, fewer than
// planned, and as many as manifest or journal say.
func (r *recovery) held(number, samples int) int64 {
	if g, ok := r.listed[number]; ok && g.Partial && !r.changed {
		return max(g.Samples, int64(samples))
	}
	return r.count(number, samples)
}

// wholeSamples gives the samples, from the first on, that have all their rows among so
// many, one after the other.
func wholeSamples(samples []rundir.Sample, rows int64, file string) (kept []rundir.Sample) {
	at := int64(0)
	for i, s := range samples {
		if s.FirstRow != at || s.Rows < 0 || s.Rows > rows-at || s.File != file || s.SampleID != samples[0].SampleID+int64(i) {
			break
		}
		at += s.Rows
		kept = samples[:i+1]
	}
	return kept
}

// write writes samples and their rows, which both lie at the beginning of a table.
func (r *recovery) write(ctx context.Context, number int, samples []rundir.Sample, table, from *arrowfile.File) (*rundir.Group, error) {
	last := samples[len(samples)-1]
	o := &openGroup{
		number: number, first: samples[0].SampleID, overflows: make([]int64, len(r.m.Hooks)),
		schema: table.Schema(), samples: samples, source: table,
	}
	var err error
	o.activations, err = arrowfile.Create(r.w.fs, filepath.Join(r.w.cfg.Dir, rundir.GroupFile("activations", number)), disk.PartSuffix, from.Schema())
	if err != nil {
		return nil, err
	}
	if err := o.activations.Copy(ctx, from, last.FirstRow+last.Rows, o.countInfinite); err != nil {
		o.activations.Discard()
		return nil, err
	}
	if from.Rows() == 0 { // of rows that were reduced the numbers alone are known
		g := r.listed[number]
		if len(g.Files) == 2 {
			copy(o.overflows, g.Overflows())
		}
	}
	g, err := r.w.commitFiles(o)
	if err != nil {
		return nil, err
	}
	g.Partial = g.Samples < r.planned(number)
	return &g, nil
}

// countInfinite counts the infinite values of float16 columns, which overflowed.
func (o *openGroup) countInfinite(record arrow.Record) {
	for c := range o.overflows {
		at := int(record.NumCols()) - len(o.overflows) + c
		if at < 0 {
			continue
		}
		list, ok := record.Column(at).(*array.FixedSizeList)
		if !ok || list.Len() == 0 {
			continue
		}
		values, ok := list.ListValues().(*array.Float16)
		if !ok {
			continue
		}
		from, _ := list.ValueOffsets(0)
		_, to := list.ValueOffsets(list.Len() - 1)
		raw := values.Data().Buffers()[1].Bytes()
		for i := from; i < to; i++ {
			if binary.LittleEndian.Uint16(raw[2*i:])&0x7fff == 0x7c00 {
				o.overflows[c]++
			}
		}
	}
}
