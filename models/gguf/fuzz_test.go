package gguf

import (
	"errors"
	"testing"
)

// Whatever the bytes are, they are refused with an *Error, or every tensor lies
// within them.
func FuzzGGUF(f *testing.F) {
	real := phantom(f)
	file, err := read(real)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(real[:file.Data]) // its whole head
	f.Add(whole().bytes())
	f.Add(whole().set("split.count", uint16(2)).bytes())
	f.Add(whole().set("llama.expert_count", uint32(4)).set("llama.expert_used_count", []int32{1, 2}).bytes())
	f.Add([]byte("GGUF"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := read(b)
		var ours *Error
		if err != nil {
			if !errors.As(err, &ours) || ours.Hint() == "" {
				t.Fatalf("%T without a hint: %v", err, err)
			}
			return
		}
		for _, tensor := range file.Tensors {
			if tensor.Offset < file.Data || tensor.Bytes <= 0 || tensor.Offset+tensor.Bytes > int64(len(b)) || tensor.Offset%file.Alignment != 0 {
				t.Fatalf("%+v in a file of %d bytes", tensor, len(b))
			}
		}
	})
}
