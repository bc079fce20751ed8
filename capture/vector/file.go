package vector

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
	"intentprobe/storage/safetensors"
)

// Ending is how the names of direction files end.
const Ending = ".safetensors"

// File is a direction file. Nothing stays open between calls.
type File struct {
	Path   string
	SHA256 string // of the file, as hex text
	Meta   Meta
	Names  []string // of the directions, in order
	parts  map[string]map[string]safetensors.Info
	stat   os.FileInfo
}

// parts are what the name of a tensor may end in, after a point; "" is the vector.
var partNames = []string{"positive", "negative", "sd", "bias", "A", "b", "covariance"}

// part gives what the name of a tensor ends in; empty where it is a vector's.
func part(tensor string) string {
	at := strings.LastIndexByte(tensor, '.')
	if at > 0 && slices.Contains(partNames, tensor[at+1:]) {
		return tensor[at+1:]
	}
	return ""
}

func tensorName(name, part string) string {
	if part == "" {
		return name
	}
	return name + "." + part
}

// Split takes a reference to a direction apart: FILE, or FILE#NAME.
func Split(reference string) (path, name string) {
	if at := strings.LastIndexByte(reference, '#'); at > 0 {
		return reference[:at], reference[at+1:]
	}
	return reference, ""
}

// Read reads a safetensors file of directions. All of it is looked at once, in memory of
// about a MiB: its checksum, and that every number of it is finite. A file of another
// program is read as well, its tensors being directions of which nothing else is known.
// Errors name the path and the tensor; of a damaged file they are *disk.FileError.
func Read(path string) (*File, error) {
	in, err := safetensors.Open(path)
	if err != nil {
		next := []any{"name a safetensors file of directions, as ", hint.Command{"vector", "make"}, " and ", hint.Command{"probe", "train"}, " write them"}
		if what := other(path); what != "" {
			return nil, hint.Usage(fmt.Errorf("%s is %s, and no file of directions", path, what), next...)
		}
		return nil, hint.With(err, next...)
	}
	defer in.Close()
	f := &File{Path: path, parts: map[string]map[string]safetensors.Info{}}
	if f.stat, err = os.Stat(path); err != nil {
		return nil, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, in.Whole()); err != nil {
		return nil, err
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if f.Meta, err = metaOf(in.Metadata); err == nil {
		err = f.take(in)
	}
	if err != nil {
		return nil, &disk.FileError{Path: path, Err: err}
	}
	for _, tensor := range in.Names() {
		if err := in.Each(tensor, func([]float32) {}); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// other says what lies at a path, where that is something else which the commands write; empty
// where it is not known.
func other(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 6)
	n, _ := io.ReadFull(f, head)
	info, err := f.Stat()
	switch head = head[:n]; {
	case err == nil && info.IsDir():
		return "a folder, as runs are"
	case string(head) == "ARROW1":
		return "an Arrow file, as scores are"
	case strings.HasPrefix(string(head), "<"):
		return "a page, as reports are"
	case strings.HasPrefix(string(head), "GGUF"):
		return "a GGUF file, as models are"
	case strings.HasPrefix(string(head), "{"):
		return "JSON"
	}
	return ""
}

// take sorts the tensors by the directions that they are of, and checks their shapes.
func (f *File) take(in *safetensors.File) error {
	for _, tensor := range in.Names() {
		p := part(tensor)
		name := strings.TrimSuffix(tensor, "."+p)
		if f.parts[name] == nil {
			f.parts[name] = map[string]safetensors.Info{}
			f.Names = append(f.Names, name)
		}
		f.parts[name][p] = in.Tensors[tensor]
	}
	if len(f.Names) == 0 {
		return errors.New("has no tensors")
	}
	slices.Sort(f.Names)
	for _, name := range f.Names {
		if _, err := f.shape(name); err != nil {
			return err
		}
	}
	return nil
}

// shape gives a direction without its numbers, and refuses shapes that do not fit.
func (f *File) shape(name string) (*Direction, error) {
	d := &Direction{Name: name, SD: math.NaN()}
	parts := f.parts[name]
	if vector, ok := parts[""]; ok {
		switch len(vector.Shape) {
		case 1:
			d.Rank, d.Width = 1, vector.Shape[0]
		case 2:
			d.Rank, d.Width = vector.Shape[0], vector.Shape[1]
		default:
			return nil, fmt.Errorf("tensor %q has the shape %v; [d] or [k, d] is needed", name, vector.Shape)
		}
	} else if b, ok := parts["b"]; ok && len(b.Shape) == 1 {
		d.Width = b.Shape[0]
	} else {
		return nil, fmt.Errorf("there is neither a tensor %q nor %q and %q", name, name+".A", name+".b")
	}
	_, matrix := parts["A"]
	if _, offset := parts["b"]; matrix != offset {
		return nil, fmt.Errorf("%q has one of the tensors A and b; an affine map needs both", name)
	}
	if d.Width < 1 || d.Rank < 1 && !matrix || d.Rank > d.Width {
		return nil, fmt.Errorf("tensor %q has the shape %v", name, parts[""].Shape)
	}
	if m := f.Meta.Width; m > 0 && m != d.Width {
		return nil, fmt.Errorf("tensor %q has the width %d; the file says that its model's is %d", name, d.Width, m)
	}
	for _, p := range partNames {
		info, there := parts[p]
		if !there {
			continue
		}
		want := []int{d.Width}
		switch p {
		case "A":
			want = []int{d.Width, d.Width}
		case "covariance":
			want = []int{-1, d.Width}
		case "sd", "bias":
			want = nil
			if len(info.Shape) == 1 {
				want = []int{1}
			}
		}
		if !slices.EqualFunc(info.Shape, want, func(is, must int) bool { return is == must || must < 0 && is > 0 }) {
			return nil, fmt.Errorf("tensor %q has the shape %v; of width %d it must be %v", tensorName(name, p), info.Shape, d.Width, want)
		}
	}
	return d, nil
}

// Named reads the direction of a name; "" is the only one of the file. The error is a
// *hint.UsageError where there is none, or a *disk.FileError.
func (f *File) Named(name string) (*Direction, error) {
	if name == "" && len(f.Names) == 1 {
		name = f.Names[0]
	}
	if name == "" {
		return nil, hint.Usage(fmt.Errorf("%s has %d directions", f.Path, len(f.Names)), "name one of them as FILE#NAME: ", list(f.Names))
	}
	if f.parts[name] == nil {
		near := hooks.Nearest(name, f.Names)
		if len(near) == 0 {
			near = f.Names
		}
		return nil, hint.Usage(fmt.Errorf("%s has no direction %q", f.Path, name), "it has ", list(near))
	}
	return f.read(name)
}

// At reads the direction for a point: the one that has its name where names are points,
// else the only one. Errors are those of Named.
func (f *File) At(p hooks.Point) (*Direction, error) {
	if f.parts[p.String()] != nil {
		return f.read(p.String())
	}
	if _, points := hooks.ParsePoint(f.Names[0]); points {
		return nil, hint.Usage(fmt.Errorf("%s has no direction for %s", f.Path, p), "it has directions for ", list(f.Names))
	}
	return f.Named("")
}

// list names at most ten.
func list(names []string) string { return plural.List(names, 10) }

func (f *File) read(name string) (*Direction, error) {
	in, err := safetensors.Open(f.Path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if stat, err := os.Stat(f.Path); err != nil || stat.Size() != f.stat.Size() || !stat.ModTime().Equal(f.stat.ModTime()) {
		return nil, &disk.FileError{Path: f.Path, Err: errors.Join(errors.New("was changed while it was read"), err)}
	}
	d, err := f.shape(name)
	if err != nil {
		return nil, &disk.FileError{Path: f.Path, Err: err}
	}
	var sd, bias []float32
	for p, into := range map[string]*[]float32{
		"": &d.Vector, "positive": &d.Positive, "negative": &d.Negative, "sd": &sd, "bias": &bias,
		"A": &d.Matrix, "b": &d.Offset, "covariance": &d.Covariance,
	} {
		if _, there := f.parts[name][p]; !there {
			continue
		}
		if *into, err = in.Floats(tensorName(name, p)); err != nil {
			return nil, err
		}
	}
	if sd != nil {
		d.SD = float64(sd[0])
	}
	if bias != nil {
		d.Bias = float64(bias[0])
	}
	if err := d.check(); err != nil {
		return nil, &disk.FileError{Path: f.Path, Err: err}
	}
	return d, nil
}
