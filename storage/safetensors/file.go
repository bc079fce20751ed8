package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/x448/float16"

	"intentprobe/storage/disk"
)

// File is a safetensors file that is open for reading.
type File struct {
	Path     string
	Metadata map[string]string
	Tensors  map[string]Info // by name
	in       io.ReaderAt
	size     int64 // of the file, in bytes
	data     int64 // where the tensors begin
	closer   io.Closer
}

// Open opens a file and reads its header; close it. What is wrong with its content is a
// *disk.FileError.
func Open(path string) (*File, error) {
	in, err := disk.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	info, err := in.Stat()
	if err != nil {
		in.Close()
		return nil, err
	}
	f, err := New(path, in, info.Size())
	if err != nil {
		in.Close()
		return nil, err
	}
	f.closer = in
	return f, nil
}

// New is Open for what is open already, such as bytes in memory; the path is for errors.
func New(path string, in io.ReaderAt, size int64) (*File, error) {
	f := &File{Path: path, in: in, size: size}
	if err := f.readHeader(); err != nil {
		return nil, &disk.FileError{Path: path, Err: err}
	}
	return f, nil
}

func (f *File) readHeader() (err error) {
	var length [8]byte
	if _, err := f.in.ReadAt(length[:], 0); err != nil {
		return fmt.Errorf("is no safetensors file: it has %d bytes", f.size)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > MaxHeader || int64(n) > f.size-8 {
		return fmt.Errorf("is no safetensors file, or is cut short: a header of %d bytes in a file of %d", n, f.size)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(f.in, 8, int64(n)), text); err != nil {
		return err
	}
	f.data = 8 + int64(n)
	if f.Metadata, f.Tensors, err = parseHeader(text); err != nil {
		return err
	}
	return checkTensors(f.Tensors, f.size-f.data)
}

// Close closes the file, where Open has opened it.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Names lists the tensors.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.Tensors)) }

// Whole gives a reader of all bytes of the file, for a checksum.
func (f *File) Whole() io.Reader { return io.NewSectionReader(f.in, 0, f.size) }

// piece is how much of a tensor is read at once, in bytes.
const piece = 1 << 20

// Floats reads a tensor of F64, F32, F16 or BF16 as float32. Errors are *disk.FileError:
// there is no such tensor, it is of another type, or it holds a number that is not finite
// as float32.
func (f *File) Floats(name string) ([]float32, error) {
	var out []float32
	err := f.Each(name, func(values []float32) {
		if out == nil {
			n, _ := f.Tensors[name].Elements() // checked when the file was opened
			out = make([]float32, 0, n)
		}
		out = append(out, values...)
	})
	return out, err
}

// Each is Floats for a tensor that need not fit in memory: its numbers come in pieces,
// which are valid during the call.
func (f *File) Each(name string, each func([]float32)) error {
	info, ok := f.Tensors[name]
	if !ok {
		return &disk.FileError{Path: f.Path, Err: fmt.Errorf("has no tensor %q", name)}
	}
	read := floatReaders[info.DType]
	if read == nil {
		return &disk.FileError{Path: f.Path, Err: fmt.Errorf("tensor %q is of %s; F64, F32, F16 or BF16 is needed", name, info.DType)}
	}
	size := sizes[info.DType]
	text := make([]byte, min(piece, info.Offsets[1]-info.Offsets[0]))
	values := make([]float32, 0, int64(len(text))/size)
	for at := info.Offsets[0]; at < info.Offsets[1]; at += int64(len(text)) {
		text = text[:min(int64(len(text)), info.Offsets[1]-at)]
		if _, err := io.ReadFull(io.NewSectionReader(f.in, f.data+at, int64(len(text))), text); err != nil {
			return &disk.FileError{Path: f.Path, Err: err}
		}
		values = values[:0]
		for i := int64(0); i < int64(len(text)); i += size {
			v := read(text[i:])
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return &disk.FileError{Path: f.Path, Err: fmt.Errorf("tensor %q has %v at place %d; every number must be finite as float32", name, v, (at-info.Offsets[0]+i)/size)}
			}
			values = append(values, v)
		}
		each(values)
	}
	return nil
}

// floatReaders read a number from its first bytes, by the format's name of its type.
var floatReaders = map[string]func([]byte) float32{
	"F64":  func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) },
	"F32":  func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) },
	"F16":  func(b []byte) float32 { return float16.Frombits(binary.LittleEndian.Uint16(b)).Float32() },
	"BF16": func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) },
}
