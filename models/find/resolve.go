package find

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models/gguf"
)

// Resolve turns what a user wrote into the path of a file: the path of a GGUF, or a
// name of those found (whole, or its beginning up to a '.', '-', ':' or '/' if only
// one model begins so). What else has that path, such as a folder or a file of notes,
// does not hide a name. The error of a name that several files have gives their paths,
// that of a name that none has the nearest names, further ones included.
func Resolve(name string, found []Found, further ...string) (string, error) {
	info, err := os.Stat(name)
	if err == nil && !info.IsDir() && (strings.HasSuffix(strings.ToLower(name), ".gguf") || isGGUF(name)) {
		return name, nil
	}
	matches, whole := standsFor(plainName(name), found)
	switch {
	case len(matches) > 1:
		return "", ambiguous(name, matches, whole)
	case len(matches) == 1 && matches[0].Missing:
		return "", refuse(name, "Ollama's manifest names the file "+matches[0].Path+", which is not there", "fetch it again with ollama pull")
	case len(matches) == 1 && matches[0].Adapter:
		return "", refuse(name, "it is a model with an adapter on it in Ollama; capture would run the model without",
			"name the model alone, ", matches[0].Path, ", and the adapter, another blob of its manifest, as ", hint.Key("engine.adapters"), "; or merge them with llama.cpp's llama-export-lora")
	case len(matches) == 1:
		return matches[0].Path, nil
	case err == nil: // whoever reads it says what it is
		return name, nil
	}
	advice := []any{hint.Command{"models"}, " lists the models on this machine; a path to a .gguf file will do too"}
	if near := hooks.Nearest(name, append(nameable(name, found), further...)); len(near) > 0 {
		advice = append([]any{"nearest names: ", strings.Join(near, ", "), "; "}, advice...)
	}
	return "", refuse(name, "no such file, and no model of that name on this machine", advice...)
}

// refuse is the error of a name that stands for no model, and what to do next.
func refuse(name, reason string, advice ...any) error {
	return hint.With(fmt.Errorf("model %q: %s", name, reason), advice...)
}

func isGGUF(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 4)
	n, _ := io.ReadFull(f, magic)
	return string(magic[:n]) == "GGUF"
}

// standsFor gives the files that a name stands for, or else those of which a name
// begins so; of files that are the same one. Where some of several are models and
// others are not, it gives the models.
func standsFor(want string, found []Found) (matches []Found, whole bool) {
	var begins []Found
	for _, f := range found {
		switch {
		case f.calls(want):
			matches = append(matches, f)
		case f.begins(want):
			begins = append(begins, f)
		}
	}
	whole = len(matches) > 0
	if !whole {
		matches = begins
	}
	matches = distinct(matches)
	if len(matches) > 1 {
		var usable []Found
		for _, f := range matches {
			if f.Missing {
				continue
			}
			var other *gguf.Error
			if _, err := gguf.ReadModel(f.Path); !errors.As(err, &other) || other.What == "" {
				usable = append(usable, f)
			}
		}
		if len(usable) > 0 {
			matches = usable
		}
	}
	return matches, whole
}

// begins says whether a name of the file begins so, the folders or the host and
// namespace before it left out or not.
func (f *Found) begins(want string) bool {
	for _, name := range append([]string{f.Name}, f.names...) {
		for _, tail := range suffixes(name) {
			if rest, ok := strings.CutPrefix(tail, want); ok && want != "" && (rest == "" || strings.ContainsAny(rest[:1], ".-:/")) {
				return true
			}
		}
	}
	return false
}

// distinct leaves out files that are another one of the list: by links, or since
// every byte of them is the same.
func distinct(list []Found) (out []Found) {
	for i := range list {
		same := false
		for k := range out {
			same = same || out[k].Adapter == list[i].Adapter && (out[k].is(&list[i]) || sameBytes(&out[k], &list[i]))
		}
		if !same {
			out = append(out, list[i])
		}
	}
	return out
}

// sameBytes compares files of one size, to the first difference.
func sameBytes(a, b *Found) bool {
	if a.info == nil || b.info == nil || a.Bytes != b.Bytes {
		return false
	}
	var open [2]*os.File
	for i, f := range []*Found{a, b} {
		var err error
		if open[i], err = os.Open(f.Path); err != nil {
			return false
		}
		defer open[i].Close()
	}
	var read [2][]byte
	read[0], read[1] = make([]byte, 1<<20), make([]byte, 1<<20)
	for {
		n, err := io.ReadFull(open[0], read[0])
		m, _ := io.ReadFull(open[1], read[1])
		if n != m || !bytes.Equal(read[0][:n], read[1][:m]) {
			return false
		}
		if err != nil {
			return n < len(read[0]) && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF))
		}
	}
}

// ambiguous is the error of a name that several files have, or of which several
// names begin so.
func ambiguous(name string, matches []Found, whole bool) error {
	var names, paths []string
	for _, f := range matches {
		names = append(names, f.Name)
		if f.Path != "" {
			paths = append(paths, f.Path)
		}
	}
	reason := fmt.Sprintf("it is the beginning of %d models", len(matches))
	if whole {
		reason = fmt.Sprintf("it is the name of %d models that differ: %s", len(matches), strings.Join(paths, " and "))
	}
	return refuse(name, reason, "write one of: ", strings.Join(names, ", "), "; or a path")
}

// nameable lists what could have been written instead of a name: the names of
// models, and of the .gguf files beside a path.
func nameable(name string, found []Found) (out []string) {
	for _, f := range found {
		out = append(out, f.Name)
	}
	beside, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*.gguf"))
	return append(out, beside...)
}
