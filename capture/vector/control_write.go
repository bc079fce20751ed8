package vector

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/models/gguf"
	"intentprobe/storage/disk"
)

// alignment of a GGUF file's tensors, which is the format's where the file names none.
const alignment = 32

// ExportControl writes directions of one file as a control vector of llama.cpp, whole or
// not at all, over a file that is there. Names of directions must be points
// blocks.N.hook_resid_post; a file with one direction may have its point in its metadata.
// The direction of block 0, which llama.cpp cannot steer, is left out, and so are bias and
// statistics. written counts the directions in the file. The error is a *hint.UsageError
// where a direction has no place in a control vector, or none is left.
func ExportControl(fs disk.FS, path string, f *File) (written int, err error) {
	type direction struct {
		block int
		*Direction
	}
	var all []direction
	for _, name := range f.Names {
		d, err := f.Named(name)
		if err != nil {
			return 0, err
		}
		block := blockOf(name)
		if block < 0 && len(f.Names) == 1 {
			block = blockOf(f.Meta.Point)
		}
		switch {
		case d.Rank != 1 || d.Vector == nil:
			return 0, hint.Usage(fmt.Errorf("%s: %q is no single direction, which alone a control vector has", f.Path, name), "choose a file of directions")
		case block < 0:
			return 0, hint.Usage(fmt.Errorf("%s: nothing says that %q is of the output of a block", f.Path, name), "make directions at resid_post")
		case block == 0:
			continue
		}
		d.Covariance, d.Positive, d.Negative = nil, nil, nil
		all = append(all, direction{block, d})
	}
	if len(all) == 0 {
		return 0, hint.Usage(fmt.Errorf("%s has a direction of block 0 alone, which llama.cpp cannot steer", f.Path), "make directions of later blocks")
	}
	slices.SortFunc(all, func(a, b direction) int { return cmp.Compare(a.block, b.block) })
	var w ggufText
	w.raw("GGUF")
	w.u32(3)
	w.u64(uint64(len(all)))
	arch := ""
	if f.Meta.Model != nil {
		arch = f.Meta.Model.Architecture
	}
	w.u64(3)
	w.text("general.architecture", controlArch)
	w.text(controlHint, arch)
	w.str(controlLayers)
	w.u32(uint32(gguf.Uint32))
	w.u32(uint32(len(all)))
	at := uint64(0)
	for _, d := range all {
		w.str(fmt.Sprintf("%s%d", controlTensor, d.block))
		w.u32(1)
		w.u64(uint64(d.Width))
		w.u32(0) // f32
		w.u64(at)
		at += (uint64(4*d.Width) + alignment - 1) / alignment * alignment
	}
	for _, d := range all {
		w.pad()
		for _, v := range d.Vector {
			w.u32(math.Float32bits(v))
		}
	}
	w.pad()
	p, err := disk.CreatePart(fs, path, disk.PartSuffix)
	if err != nil {
		return 0, err
	}
	if _, err := p.Write(w.b); err != nil {
		p.Discard()
		return 0, err
	}
	_, err = p.Commit()
	return len(all), err
}

// ggufText is the bytes of a GGUF file.
type ggufText struct{ b []byte }

func (w *ggufText) raw(s string) { w.b = append(w.b, s...) }
func (w *ggufText) u32(n uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, n) }
func (w *ggufText) u64(n uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, n) }

func (w *ggufText) str(s string) {
	w.u64(uint64(len(s)))
	w.raw(s)
}

// text writes a key whose value is text.
func (w *ggufText) text(key, value string) {
	w.str(key)
	w.u32(uint32(gguf.String))
	w.str(value)
}

func (w *ggufText) pad() {
	for len(w.b)%alignment != 0 {
		w.b = append(w.b, 0)
	}
}
