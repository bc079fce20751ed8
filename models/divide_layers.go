package models

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/models/gguf"
)

// Placement says where the layers of a model go, as llama.cpp counts them: the
// output (final norm and unembedding) is one layer more than the model has blocks,
// and the last Layers of them go to devices; the embedding stays with the CPU. The
// zero value keeps everything on the CPU.
type Placement struct {
	Layers  int       // on devices
	Devices []string  // their names, in order
	Shares  []float32 // of Layers, by device; nil: by llama.cpp, from their free memory
	Split   string    // none, layer, row; empty is layer
	Main    int       // the device that takes all where Split is none
}

var splitModes = []string{"none", "layer", "row"} // in the order of enum llama_split_mode

// SplitModes lists the ways to divide a model between devices.
func SplitModes() []string { return slices.Clone(splitModes) }

func (p *Placement) splitMode() int {
	if p.Split == "" {
		return 1
	}
	return slices.Index(splitModes, p.Split)
}

// Need is what a model takes of a device's memory.
type Need struct {
	Layers  []uint64 // bytes of each block, and last of the output
	Cells   []uint64 // bytes of the KV cache of each block for one token
	Tokens  int      // of the KV cache
	Compute uint64   // bytes that each device needs to compute with
}

// computeReserve is what a device needs beside weights, cache and logits: ggml's
// buffers for a micro-batch, and the copies that wait to be fetched.
const computeReserve = 256 << 20

// NeedOf reads from the head of a model's file what it takes of a device's memory, with a
// KV cache for that many tokens. kv is the type of its elements, one of KVTypes.
func NeedOf(path string, tokens int, kv string) (*Need, error) {
	head, err := readHead(path)
	if err != nil {
		return nil, err
	}
	n := &Need{Tokens: tokens, Compute: computeReserve}
	sizes := head.Sizes()
	for _, bytes := range append(sizes.Layers, sizes.Output) {
		n.Layers = append(n.Layers, uint64(bytes))
	}
	n.Cells = cellsOf(head, len(sizes.Layers), kv)
	n.Compute += uint64(4 * 512 * head.Count(head.Text("general.architecture")+".embedding_length") * 16)
	return n, nil
}

// cellsOf says what keys and values of one token take in each block, by a file's head
// alone: at most, where blocks with a window have heads of another size.
func cellsOf(head *gguf.File, blocks int, kv string) (out []uint64) {
	of := head.Text("general.architecture") + ".attention."
	heads := head.Counts(of+"head_count", blocks)
	kvHeads := heads
	if head.Has(of + "head_count_kv") {
		kvHeads = head.Counts(of+"head_count_kv", blocks)
	}
	for i := range blocks {
		key := max(head.Count(of+"key_length"), head.Count(of+"key_length_swa"))
		if key == 0 {
			key = head.Count(head.Text("general.architecture")+".embedding_length") / max(1, slices.Max(heads))
		}
		value := max(head.Count(of+"value_length"), head.Count(of+"value_length_swa"))
		if value == 0 {
			value = key
		}
		if head.Has(of + "key_length_mla") {
			value = 0 // values are a part of the compressed keys
		}
		out = append(out, kvBytes(kv, key*kvHeads[i])+kvBytes(kv, value*kvHeads[i]))
	}
	return out
}

// Whole is how many layers a model has, the output included.
func (n *Need) Whole() int { return len(n.Layers) }

func (n *Need) of(layer int) uint64 {
	if layer == len(n.Layers)-1 {
		return n.Layers[layer]
	}
	return n.Layers[layer] + n.Cells[layer]*uint64(n.Tokens)
}

// Bytes gives the bytes that the last layers of the model, as many as layers says, take on
// devices together.
func (n *Need) Bytes(layers int) (sum uint64) {
	for i := max(0, len(n.Layers)-layers); i < len(n.Layers); i++ {
		sum += n.of(i)
	}
	return sum
}

// Fit gives the most layers that fit into the free memory of devices, and how many
// of them each takes: all in proportion to what is free, as llama.cpp does, moved on
// to the next where one is full. At most layers are placed.
func (n *Need) Fit(free []uint64, layers int) (placed int, counts []int) {
	for placed = min(layers, n.Whole()); placed > 0; placed-- {
		if counts := n.divide(free, placed); counts != nil {
			return placed, counts
		}
	}
	return 0, make([]int, len(free))
}

// divide gives each device a run of the last layers, nil where they do not fit.
func (n *Need) divide(free []uint64, layers int) []int {
	room := make([]uint64, len(free))
	var all uint64
	for i, f := range free {
		if f > n.Compute {
			room[i] = f - n.Compute
		}
		all += room[i]
	}
	need := n.Bytes(layers)
	if need > all {
		return nil
	}
	counts := make([]int, len(free))
	layer := len(n.Layers) - layers
	for i := range room {
		// Its share of what is needed, but never more than it has; a layer goes to
		// the device in whose share its middle lies.
		share := min(float64(room[i]), float64(need)*float64(room[i])/float64(all))
		var used uint64
		for ; layer < len(n.Layers); layer++ {
			next := n.of(layer)
			if used+next > room[i] || i < len(room)-1 && float64(used)+float64(next)/2 > share {
				break
			}
			used += next
			counts[i]++
		}
	}
	if layer < len(n.Layers) {
		return nil
	}
	return counts
}

// PlacementError says that the layers asked for do not fit onto the devices.
type PlacementError struct {
	Model      string
	Layers     int      // asked for
	Fits       int      // how many would
	Need, Free uint64   // bytes
	Devices    []string // names
}

func (e *PlacementError) Error() string {
	return fmt.Sprintf("%d layers of model %q need about %.1f GiB on %s, where %.1f GiB are free", e.Layers, e.Model, gib(e.Need), strings.Join(e.Devices, ", "), gib(e.Free))
}

func (e *PlacementError) advice() *hint.Error {
	layers, rest := hint.Key("engine.gpu_layers"), []any{"a smaller quantisation, a smaller ", hint.Key("engine.ctx"), " or ", hint.Key("engine.batch"), ", or add a worker (", hint.Key("engine.rpc"), ")"}
	if e.Fits == 0 {
		return hint.With(e, append([]any{"no layer fits: use ", layers, " 0, "}, rest...)...).(*hint.Error)
	}
	return hint.With(e, append([]any{"use ", layers, " ", e.Fits, ", which fits (or auto), "}, rest...)...).(*hint.Error)
}

// Phrase says what to do next, as hint.Error's Phrase does.
func (e *PlacementError) Phrase(say func(reference any) string) string { return e.advice().Phrase(say) }

// Hint says what to do next.
func (e *PlacementError) Hint() string { return e.advice().Hint() }

// Divide says how many of the layers llama.cpp gives to each device by the shares of a
// tensor split.
func Divide(shares []float32, layers int) []int {
	splits, sum := make([]float32, len(shares)), float32(0)
	for i, share := range shares {
		sum += share
		splits[i] = sum
	}
	counts := make([]int, len(shares))
	for layer := range layers {
		at := float32(layer) / float32(layers)
		i := 0
		for i < len(splits)-1 && splits[i]/sum <= at {
			i++
		}
		counts[i]++
	}
	return counts
}
