package gguf

import (
	"fmt"
	"strings"
)

// checkSplit checks the types of the keys of a model in several files: llama.cpp
// asserts them.
func (f *File) checkSplit(string) error {
	for key, want := range map[string]Kind{"split.no": Uint16, "split.count": Uint16, "split.tensors.count": Int32} {
		if v, ok := f.Values[key]; ok && v.Kind != want {
			return absurd("key %q is %s, not %s", key, v.describe(), want)
		}
	}
	return nil
}

// ReadModel reads and checks a file that must be a model's and, where that lies in
// several, the others beside it: NAME-00001-of-00003.gguf and so on. It gives the
// first.
func ReadModel(path string) (*File, error) {
	f, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	if other := f.Foreign(); other != nil {
		return nil, other
	}
	f.Parts, err = f.others(path)
	f.AllBytes = f.Size
	for _, other := range f.Parts {
		part, err := ReadFile(other)
		if err == nil {
			f.AllBytes += part.Size
			f.sizes.add(part)
			_, own := part.Tensor("output.weight")
			f.ownOutput = f.ownOutput || own
		} else {
			return nil, &Error{Reason: fmt.Sprintf("its part %q: %s", other, err), Advice: "the model is in several files that belong beside each other: fetch them all"}
		}
	}
	return f, err
}

// others lists the other files of a model in several, by the name of the first.
func (f *File) others(path string) ([]string, error) {
	n := f.Count("split.count")
	if n <= 1 {
		return nil, nil
	}
	if f.Count("split.no") != 0 {
		return nil, &Error{Reason: fmt.Sprintf("it is part %d of a model in %d files", f.Count("split.no")+1, n), Advice: "name the first of them: it ends in -00001-of-" + fmt.Sprintf("%05d.gguf", n)}
	}
	stem, ok := strings.CutSuffix(path, fmt.Sprintf("-00001-of-%05d.gguf", n))
	if !ok {
		return nil, &Error{Reason: fmt.Sprintf("it is the first of %d files, and its name does not end in -00001-of-%05d.gguf", n, n), Advice: "give the files the names that they were published under"}
	}
	var out []string
	for i := 2; i <= n; i++ {
		out = append(out, fmt.Sprintf("%s-%05d-of-%05d.gguf", stem, i, n))
	}
	return out, nil
}
