// Package phantom is the embedded model whose intent is known: a tiny language
// model of a world of speakers, boxes and contents, trained so that intent,
// belief and the words to be heard live in declared subspaces of one layer.
//
// It calibrates instruments: a method that cannot read intent here reads nothing.
// It is no evidence about real models (docs/phantom.md). The model is trained by
// scripts/phantom; this package holds the result and makes prompts for it:
//
//   - [Prompts] draws prompts of a cause (a truth, a lie, a mistake, a guess), each with what
//     the speaker believes, intends and will say.
//   - [Describe] says where the variables live and what was measured. [Subspaces] gives the
//     subspaces.
//   - [File] writes the model as a GGUF file. A spec names it "phantom".
package phantom

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
)

// Name is the model's name in a spec.
const Name = "phantom"

//go:embed phantom.gguf
var gguf []byte

//go:embed subspaces.safetensors
var subspaces []byte

//go:embed figures.json
var figures []byte

// File writes the embedded GGUF into a folder, under a name that holds its
// checksum, unless it is there, and gives its path. The file appears whole.
func File(dir string) (string, error) { return Write(dir, Name, gguf) }

// Write writes an embedded GGUF of a name into a folder, as [File] does.
func Write(dir, name string, gguf []byte) (string, error) {
	sum := sha256.Sum256(gguf)
	path := filepath.Join(dir, name+"-"+hex.EncodeToString(sum[:6])+".gguf")
	if there, err := os.ReadFile(path); err == nil && sha256.Sum256(there) == sum {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	part, err := os.CreateTemp(dir, name+"-*.part")
	if err != nil {
		return "", err
	}
	defer os.Remove(part.Name())
	if _, err := part.Write(gguf); err != nil {
		part.Close()
		return "", err
	}
	if err := part.Close(); err != nil {
		return "", err
	}
	return path, os.Rename(part.Name(), path)
}

// Subspaces is a safetensors file with the declared subspaces: for each variable
// a matrix of orthonormal rows, [dimensions, d_model] float32.
func Subspaces() []byte { return subspaces }

// Figures is what was measured on the embedded GGUF, as JSON.
func Figures() json.RawMessage { return figures }

// Checksum is the SHA-256 of the embedded GGUF, in hexadecimal.
func Checksum() string {
	sum := sha256.Sum256(gguf)
	return hex.EncodeToString(sum[:])
}
