package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
)

// salvage writes anew what can be read of a group: its samples, from the first on,
// that are whole in both files.
func (r *recovery) salvage(ctx context.Context, number int) error {
	samples, name, err := r.samples(number)
	if err != nil {
		r.lose(name, r.planned(number), "%v", cause(err))
		return ctx.Err()
	}
	rows, name, err := r.open("activations", number)
	if err != nil {
		r.lose(name, r.count(number, len(samples)), "%v", cause(err))
		return ctx.Err()
	}
	defer rows.Close()
	kept := wholeSamples(samples, rows.Rows(), groupFile("activations", number))
	if len(kept) == 0 {
		r.lose(name, r.count(number, len(samples)), "was cut short within its first sample")
		return nil
	}
	g, err := r.write(ctx, number, kept, rows)
	if err != nil {
		if !isDamage(err) {
			return r.w.fail(err)
		}
		r.lose(name, r.count(number, len(samples)), "%v", cause(err))
		return nil
	}
	problems := checkGroup(ctx, r.w.cfg.Dir, r.m, *g)
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
	if lost := r.count(number, len(samples)) - g.Samples; lost > 0 {
		r.lose(name, lost, "was cut short: of its group the first %d samples are saved", g.Samples)
	}
	r.Parts++
	return r.w.fail(r.w.enter(*g))
}

// count is how many samples a group has that shows so many.
func (r *recovery) count(number, samples int) int64 { return max(r.planned(number), int64(samples)) }

// samples reads the samples of a group that lie in whole record batches.
func (r *recovery) samples(number int) ([]Sample, string, error) {
	t, name, err := r.open("samples", number)
	if err != nil {
		return nil, name, err
	}
	defer t.Close()
	samples, err := t.Samples()
	if err == nil && len(samples) == 0 {
		err = errors.New("was cut short before its first sample")
	}
	return samples, name, err
}

// open opens a file of a group under the name that it has, or has not yet. A file
// that has its full length and another sha256 is not believed.
func (r *recovery) open(kind string, number int) (*Table, string, error) {
	name := groupFile(kind, number)
	var err error
	for _, suffix := range []string{"", shortSuffix, partSuffix} {
		path := filepath.Join(r.dir, name+suffix)
		var f *os.File
		if f, err = openPlain(path); err != nil {
			continue
		}
		f.Close()
		if suffix == "" {
			if err := r.believe(path, number); err != nil {
				return nil, name, err
			}
		}
		var t *Table
		if t, err = OpenTable(path); err == nil {
			return t, name + suffix, nil
		}
		if t, err = openCutTail(path); err == nil {
			return t, name + suffix, nil
		}
		return nil, name + suffix, err
	}
	if kind == "samples" && r.has("activations", number) {
		err = errors.New("is missing: the group was not finished; what lies in its activations belongs to no sample")
	}
	return nil, name, err
}

func (r *recovery) has(kind string, number int) bool {
	for _, suffix := range []string{"", shortSuffix, partSuffix} {
		if exists(r.dir, groupFile(kind, number)+suffix) {
			return true
		}
	}
	return false
}

// believe refuses a file that has another sha256 than it was written with, unless
// it was cut short: then it is shorter, or ends with zeros, and has no footer.
func (r *recovery) believe(path string, number int) error {
	g, listed := r.listed[number]
	if !listed {
		return nil
	}
	at := slices.IndexFunc(g.Files, func(f FileInfo) bool { return f.Name == filepath.Base(path) })
	if at < 0 || g.Files[at].SHA256 == "" {
		return nil
	}
	end, size, err := lastByte(path)
	if err != nil {
		return err
	}
	if cut := size < g.Files[at].Bytes || end < size; cut && !endsWhole(path, size) {
		return nil
	}
	if err := checkSum(path, g.Files[at].SHA256); err != nil {
		return &DamageError{Path: path, Err: fmt.Errorf("%s; which of its values are right cannot be told", cause(err))}
	}
	return nil
}

// endsWhole says whether a file ends like a whole Arrow file.
func endsWhole(path string, size int64) bool {
	return slices.Equal(bytesAt(path, size-int64(len(arrowMagic)), len(arrowMagic)), []byte(arrowMagic))
}

// bytesAt reads as many of n bytes at a place as there are.
func bytesAt(path string, at int64, n int) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	out := make([]byte, n)
	n, _ = f.ReadAt(out, max(0, at))
	return out[:n]
}

// openCutTail opens a file that was cut short, or whose end was never written: some
// file systems show zeros there after a power cut. Where something else follows the
// last whole record batch than the beginning of a message, bytes were lost within
// that batch: it is left out.
func openCutTail(path string) (*Table, error) {
	t, cut, err := OpenCut(path)
	if err != nil {
		return nil, err
	}
	end, _, err := lastByte(path)
	if err != nil {
		t.Close()
		return nil, err
	}
	whole := 0
	for whole < len(t.blocks) && t.blocks[whole].end() <= end {
		whole++
	}
	next := bytesAt(path, cut.At, int(min(4, max(0, end-cut.At))))
	if whole > 0 && !slices.Equal(next, []byte("\xff\xff\xff\xff")[:len(next)]) {
		whole--
	}
	t.blocks, t.batches = t.blocks[:whole], t.batches[:whole]
	return t, nil
}

// lastByte gives where a file's trailing zeros begin, and its size.
func lastByte(path string) (end, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	if size, err = f.Seek(0, io.SeekEnd); err != nil {
		return 0, 0, err
	}
	piece := make([]byte, copyPiece)
	for end = size; end > 0; {
		n := min(end, int64(len(piece)))
		if _, err := f.ReadAt(piece[:n], end-n); err != nil {
			return 0, 0, err
		}
		left := int64(len(bytes.TrimRight(piece[:n], "\x00")))
		end -= n - left
		if left > 0 {
			break
		}
	}
	return end, size, nil
}

// checkGroup holds the files of a group against what the format promises of them.
func checkGroup(ctx context.Context, dir string, of *Manifest, g Group) []Problem {
	m := *of
	m.Status, m.Hooks = Recovered, slices.Clone(of.Hooks)
	m.Hold([]Group{g})
	v := &verifier{ctx: ctx, dir: dir, files: map[string]FileInfo{}}
	v.guard(ManifestName, func() {
		v.described(&m)
		for _, f := range m.Files {
			v.files[f.Name] = f
		}
		v.data()
	})
	return v.out.Problems
}

// wholeSamples gives the samples, from the first on, that have all their rows
// among so many, one behind the other.
func wholeSamples(samples []Sample, rows int64, file string) (kept []Sample) {
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

// write writes samples and their rows, which lie at the beginning of a table.
func (r *recovery) write(ctx context.Context, number int, samples []Sample, from *Table) (*Group, error) {
	last := samples[len(samples)-1]
	o := &openGroup{number: number, first: samples[0].SampleID, samples: samples, overflows: make([]int64, len(r.m.Hooks))}
	var err error
	o.activations, err = createArrow(r.w.fs, filepath.Join(r.w.cfg.Dir, groupFile("activations", number)), partSuffix, from.schema.Schema)
	if err != nil {
		return nil, err
	}
	if err := r.copyRows(ctx, o, from, last.FirstRow+last.Rows); err != nil {
		o.activations.discard()
		return nil, err
	}
	g, err := r.w.commitFiles(o)
	if err != nil {
		return nil, err
	}
	g.Partial = g.Samples < r.planned(number)
	return &g, nil
}

// copyRows copies the first rows of a table, and counts the values that are
// infinite.
func (r *recovery) copyRows(ctx context.Context, o *openGroup, from *Table, rows int64) error {
	for i, b := range from.batches {
		if b.First >= rows {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		record, err := from.record(i)
		if err != nil {
			return &DamageError{Path: from.path, Where: fmt.Sprintf("record batch %d", i), Err: err}
		}
		if b.First+b.Rows > rows {
			record = record.NewSlice(0, rows-b.First)
		}
		o.countInfinite(record)
		if err := o.activations.write(record); err != nil {
			return err
		}
	}
	return nil
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
