package vector

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/x448/float16"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models/gguf"
	"intentprobe/storage/disk"
)

// Keys and names of llama.cpp's control vectors. direction.N is added to the output of
// block N, counted from 0, which is blocks.N.hook_resid_post; block 0 cannot have one.
const (
	controlArch   = "controlvector"
	controlHint   = controlArch + ".model_hint"
	controlLayers = controlArch + ".layer_count"
	controlTensor = "direction."
)

// Imported is what was read from a control vector.
type Imported struct {
	Meta       Meta
	Directions []*Direction
	Hint       string // architecture that the file names; may be empty
	OneLate    bool   // the file is as llama.cpp's cvector-generator writes it, whose vectors sit one block late
}

// ImportControl reads a control vector of llama.cpp, shift being added to the numbers of its
// blocks. llama.cpp's own cvector-generator gives what it takes at the output of block N
// the name direction.N+1, so that shift -1 puts it where it was taken; repeng and this
// program name it direction.N. They can be told apart by the type of
// controlvector.layer_count, which that generator alone writes as a signed number. Errors
// are *hint.UsageError, *disk.FileError, or come from the file system.
func ImportControl(path string, shift int) (*Imported, error) {
	in, err := disk.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	f, err := gguf.Read(in, info.Size())
	if err != nil {
		return nil, &disk.FileError{Path: path, Err: err}
	}
	if arch := f.Text("general.architecture"); arch != "" && arch != controlArch {
		return nil, hint.Usage(fmt.Errorf("%s is a GGUF file of %q, not a control vector", path, arch), "name a file whose general.architecture is ", controlArch)
	}
	out := &Imported{Hint: f.Text(controlHint), OneLate: f.Values[controlLayers].Kind == gguf.Int32}
	out.Meta = Meta{Kind: Directions, How: fmt.Sprintf("control vector of llama.cpp, blocks moved by %d", shift)}
	if out.Hint != "" {
		out.Meta.Model = &Model{Architecture: out.Hint}
	}
	for i := range f.Tensors {
		d, err := controlDirection(in, &f.Tensors[i], shift)
		if err == nil && len(out.Directions) > 0 && d.Width != out.Directions[0].Width {
			err = fmt.Errorf("%s has the width %d, and others %d", f.Tensors[i].Name, d.Width, out.Directions[0].Width)
		}
		if err != nil {
			return nil, hint.With(&disk.FileError{Path: path, Err: err}, "a control vector has tensors direction.N alone, of one width, N from 1")
		}
		out.Directions = append(out.Directions, d)
	}
	if len(out.Directions) == 0 {
		return nil, &disk.FileError{Path: path, Err: errors.New("has no tensors")}
	}
	slices.SortFunc(out.Directions, func(a, b *Direction) int { return blockOf(a.Name) - blockOf(b.Name) })
	out.Meta.Width = out.Directions[0].Width
	if len(out.Directions) == 1 {
		out.Meta.Point = out.Directions[0].Name
	}
	return out, nil
}

// mostBlocks is more than any model has.
const mostBlocks = 1 << 16

// controlDirection reads one tensor of a control vector.
func controlDirection(in *os.File, t *gguf.Tensor, shift int) (*Direction, error) {
	number, ok := strings.CutPrefix(t.Name, controlTensor)
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 1 || n > mostBlocks || strconv.Itoa(n) != number {
		return nil, fmt.Errorf("the tensor %q is no direction of a block", t.Name)
	}
	if n+shift < 0 {
		return nil, fmt.Errorf("%s moved by %d is of no block", t.Name, shift)
	}
	width := t.Shape[0]
	if width < 1 || t.Bytes < 1 || t.Shape[1] != 1 || t.Shape[2] != 1 || t.Shape[3] != 1 {
		return nil, fmt.Errorf("%s has the shape %v; one dimension is needed", t.Name, t.Shape)
	}
	name, _, size := gguf.TypeOf(t.Type)
	if name != "f32" && name != "f16" {
		return nil, fmt.Errorf("%s is of type %s; f32 is needed", t.Name, name)
	}
	text := make([]byte, t.Bytes) // within the file, as gguf.Read has checked
	if _, err := in.ReadAt(text, t.Offset); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Name, err)
	}
	d := &Direction{Name: hooks.Point{Site: hooks.ResidPost, Layer: n + shift}.String(), Rank: 1, Width: int(width), SD: math.NaN(), Vector: make([]float32, width)}
	for i := range d.Vector {
		at := text[int64(i)*size:]
		v := float32(0)
		if size == 2 {
			v = float16.Frombits(binary.LittleEndian.Uint16(at)).Float32()
		} else {
			v = math.Float32frombits(binary.LittleEndian.Uint32(at))
		}
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("%s has %v at place %d", t.Name, v, i)
		}
		d.Vector[i] = v
	}
	return d, nil
}

// blockOf gives the block whose output a direction's name is; -1 where it is none.
func blockOf(name string) int {
	if p, ok := hooks.ParsePoint(name); ok && p.Site == hooks.ResidPost {
		return p.Layer
	}
	return -1
}
