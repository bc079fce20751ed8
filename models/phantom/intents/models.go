package intents

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"intentprobe/models/phantom"
)

//go:embed *.gguf
var files embed.FS

//go:embed subspaces.safetensors
var subspaces []byte

// Prefix is what the models' names in a spec begin with: phantom:intender.
const Prefix = phantom.Name + ":"

// Names are those of the phantoms, without the prefix.
func Names() (out []string) {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("phantom: internal error: " + err.Error())
	}
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".gguf"))
	}
	return out
}

// UnknownError says that there is no such phantom.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string { return fmt.Sprintf("there is no phantom %q", e.Name) }

// Hint lists the phantoms.
func (e *UnknownError) Hint() string {
	return "there are " + Prefix + strings.Join(Names(), ", "+Prefix)
}

// Model is the GGUF file of a phantom. The error is an *UnknownError.
func Model(name string) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		return nil, &UnknownError{name}
	}
	return files.ReadFile(name + ".gguf")
}

// File writes the GGUF file of a phantom into a folder, as phantom.File does.
func File(dir, name string) (string, error) {
	gguf, err := Model(name)
	if err != nil {
		return "", err
	}
	return phantom.Write(dir, name, gguf)
}

// Variables are those that the summary word has a subspace of: whether the listener comes to
// think it, whether the bell rings, and a copy of the first that nothing reads.
var Variables = []string{"foresight", "bell", "copy"}

// Point is where they lie.
const Point = "blocks.3.hook_resid_post"

// Subspaces is a safetensors file with the declared subspaces of all phantoms: for each
// variable a matrix of orthonormal rows, [dimensions, d_model] float32. Foresight, bell and
// copy are those of the summary word in the block that the metadata name as layer.
func Subspaces() []byte { return subspaces }
