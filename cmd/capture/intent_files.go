package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"intentprobe/capture"
	"intentprobe/capture/vector"
	"intentprobe/models/gguf"
	"intentprobe/models/phantom/intents"
	"intentprobe/storage/disk"
	"intentprobe/storage/safetensors"
)

// writeIntentSubspaces writes the declared subspaces of the phantoms that intend as a
// direction file, unless it is there: those of the summary word.
func writeIntentSubspaces(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	embedded := intents.Subspaces()
	in, err := safetensors.New("the phantoms' subspaces", bytes.NewReader(embedded), int64(len(embedded)))
	if err != nil {
		return err
	}
	var directions []*vector.Direction
	width := 0
	for _, name := range intents.Variables {
		rows, err := in.Floats(name)
		if err != nil {
			return err
		}
		rank := in.Tensors[name].Shape[0]
		width = len(rows) / rank
		directions = append(directions, &vector.Direction{Name: name, Rank: rank, Width: width, Vector: rows, SD: math.NaN()})
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	_, err = vector.Write(disk.OS{}, path, vector.Meta{Kind: vector.Subspace, Point: intents.Point, Width: width, How: "declared, and kept in training"}, directions)
	return err
}

// writeRandomWeights writes the model with random weights to a file, unless it is there.
func writeRandomWeights(base *capture.Spec, to string, seed uint64) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	path, err := capture.SpecModel(base)
	if err != nil {
		return err
	}
	in, err := disk.OpenPlain(path)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	p, err := disk.CreatePart(disk.OS{}, to, disk.PartSuffix)
	if err != nil {
		return err
	}
	if err := gguf.Shuffle(p, in, info.Size(), seed); err != nil {
		p.Discard()
		return fmt.Errorf("%s: %w", path, err)
	}
	_, err = p.Commit()
	return err
}
