package main

import (
	"bytes"
	"math"
	"strings"

	"intentprobe/capture/vector"
	"intentprobe/models/phantom"
	"intentprobe/storage/disk"
	"intentprobe/storage/safetensors"
)

// writeSubspaces writes the phantom's declared subspaces as a direction file.
func writeSubspaces(path string) error {
	if err := disk.CheckEnding(path, directionFile, vector.Ending); err != nil {
		return err
	}
	if err := checkNew(path, "subspaces", false); err != nil {
		return err
	}
	info, err := phantom.Describe()
	if err != nil {
		return err
	}
	embedded := phantom.Subspaces()
	in, err := safetensors.New("the phantom's subspaces", bytes.NewReader(embedded), int64(len(embedded)))
	if err != nil {
		return err
	}
	var directions []*vector.Direction
	for _, name := range in.Names() {
		rows, err := in.Floats(name)
		if err != nil {
			return err
		}
		directions = append(directions, &vector.Direction{Name: name, Rank: info.Subspaces[name], Width: info.Width, Vector: rows, SD: math.NaN()})
	}
	_, err = vector.Write(disk.OS{}, path, vector.Meta{
		Kind: vector.Subspace, Point: info.Hook, Width: info.Width, Tokens: selectors(info.Positions), How: "declared, and kept in training",
		Model: &vector.Model{File: phantom.Name, SHA256: info.SHA256, Layers: info.Layers, Width: info.Width},
	}, directions)
	return err
}

// selectors writes the phantom's positions, such as "prompt:-1", as an expression of tokens.
func selectors(positions []string) string {
	var out []string
	for _, p := range positions {
		out = append(out, strings.Replace(p, ":", "[", 1)+"]")
	}
	return strings.Join(out, " | ")
}
