package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"intentprobe/capture"
	"intentprobe/capture/hint"
	"intentprobe/capture/intent"
	"intentprobe/capture/vector"
	"intentprobe/models"
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

// declare writes what is to be run into the study's folder, before anything is. A folder
// that declares another study is refused.
func declare(ctx context.Context, base *capture.Spec, s *intent.Study, runs []intent.Run, seed uint64) error {
	d, err := declaration(ctx, base, s, runs, seed)
	if err != nil {
		return err
	}
	return d.Keep(disk.OS{}, base.Out)
}

// declaration is what a study would declare.
func declaration(ctx context.Context, base *capture.Spec, s *intent.Study, runs []intent.Run, seed uint64) (*intent.Declaration, error) {
	path, err := capture.SpecModel(base)
	if err != nil {
		return nil, err
	}
	var sums intent.Sums
	sum := func(path string) (of string) {
		if err == nil {
			if of, err = models.FileSHA256(ctx, path); errors.Is(err, fs.ErrNotExist) {
				err = hint.Usage(err, "name a file that is there")
			}
		}
		return of
	}
	sums.Model = sum(path)
	for _, a := range base.Engine.Adapters {
		sums.Adapters = append(sums.Adapters, fmt.Sprintf("%s x %v", sum(a.File), a.Scale))
	}
	if t := base.Chat.Template; t != "auto" && t != "none" {
		sums.Template = sum(t)
	}
	if s.Swaps != nil {
		sums.Subspaces = sum(s.Swaps.File)
	}
	if err != nil {
		return nil, err
	}
	return intent.Declare(s, runs, seed, sums)
}
