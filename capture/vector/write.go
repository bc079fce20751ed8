package vector

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"intentprobe/storage/disk"
	"intentprobe/storage/safetensors"
)

// tensor is one that is to be written, as float32.
type tensor struct {
	name   string
	shape  []int
	values []float32
}

// Write writes a direction file, whole or not at all, over one that is there; the folder
// must be there. It fills in version, layer convention and, where the widths are one, the
// width; names must differ.
func Write(fs disk.FS, path string, meta Meta, directions []*Direction) (disk.Sum, error) {
	head, tensors, err := layOut(meta, directions)
	if err != nil {
		return disk.Sum{}, fmt.Errorf("%s: %w", path, err)
	}
	p, err := disk.CreatePart(fs, path, disk.PartSuffix)
	if err != nil {
		return disk.Sum{}, err
	}
	if err := writeTensors(p, head, tensors); err != nil {
		p.Discard()
		return disk.Sum{}, err
	}
	return p.Commit()
}

// layOut gives the header of a file and its tensors in order.
func layOut(meta Meta, directions []*Direction) (head []byte, tensors []tensor, err error) {
	if len(directions) == 0 {
		return nil, nil, errors.New("there are no directions to write")
	}
	seen := map[string]bool{}
	meta.Version, meta.LayerConvention, meta.Width = Version, LayerConvention, directions[0].Width
	for _, d := range directions {
		if err := d.check(); err != nil {
			return nil, nil, err
		}
		if seen[d.Name] {
			return nil, nil, fmt.Errorf("two directions have the name %q", d.Name)
		}
		if seen[d.Name] = true; d.Width != meta.Width {
			meta.Width = 0
		}
		for _, t := range d.tensors() {
			for i, v := range t.values {
				if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					return nil, nil, fmt.Errorf("tensor %q has %v at place %d; every number must be finite", t.name, v, i)
				}
			}
			tensors = append(tensors, t)
		}
	}
	text, err := json.Marshal(meta)
	if err != nil {
		return nil, nil, err
	}
	infos := map[string]safetensors.Info{}
	at := int64(0)
	for _, t := range tensors {
		end := at + 4*int64(len(t.values))
		infos[t.name] = safetensors.Info{DType: "F32", Shape: t.shape, Offsets: [2]int64{at, end}}
		at = end
	}
	head, err = safetensors.Header(map[string]string{metaKey: string(text)}, infos)
	return head, tensors, err
}

// tensors are those of a direction, in the order of the file.
func (d *Direction) tensors() (out []tensor) {
	add := func(part string, values []float32, shape ...int) {
		if values != nil {
			out = append(out, tensor{tensorName(d.Name, part), shape, values})
		}
	}
	if d.Rank == 1 {
		add("", d.Vector, d.Width)
	} else {
		add("", d.Vector, d.Rank, d.Width)
	}
	add("positive", d.Positive, d.Width)
	add("negative", d.Negative, d.Width)
	if !math.IsNaN(d.SD) {
		add("sd", []float32{float32(d.SD)}, []int{}...)
	}
	if d.Bias != 0 {
		add("bias", []float32{float32(d.Bias)}, []int{}...)
	}
	add("A", d.Matrix, d.Width, d.Width)
	add("b", d.Offset, d.Width)
	add("covariance", d.Covariance, len(d.Covariance)/max(1, d.Width), d.Width)
	return out
}

// writeTensors writes the head and the tensors, about a MiB at a time.
func writeTensors(w io.Writer, head []byte, tensors []tensor) error {
	if _, err := w.Write(head); err != nil {
		return err
	}
	buf := make([]byte, 0, 1<<20)
	for _, t := range tensors {
		for _, v := range t.values {
			if buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v)); len(buf) == cap(buf) {
				if _, err := w.Write(buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
		}
	}
	_, err := w.Write(buf)
	return err
}
