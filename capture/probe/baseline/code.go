package baseline

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/nested"
)

// Code is the online code length of labels given a probe's rows.
type Code struct {
	metric.CodeLength
	Cell []int8 `json:"-"`    // block of each case: 0 and 1 are the halves of the first
	Ends []int  `json:"ends"` // cases up to the end of each block
	Last int    `json:"-"`    // candidate by which the last block was coded
}

// mostBits are those of one label at most: probabilities below 2^-30 are coded as that.
const mostBits = 30

// CodeLength is the online code length of the labels (Voita and Titov 2020): cases come in
// blocks that grow ([metric.Blocks]), the first is sent plainly, and each further one with the
// probabilities of a probe that is fitted to all before it, by a logistic fit to the scores
// that earlier blocks had when they were next; until there are 10 of each class, a label costs
// a bit, since log-odds of few rows are too sure. Groups come in an order drawn by the seed,
// and no block cuts one. Of several candidates that is taken which ranked each of the earlier
// blocks best when it was next (of the first block: its halves).
func CodeLength(ctx context.Context, c nested.Cases, spaces []nested.Space, candidates []nested.Candidate, seed uint64, opt nested.Options) (*Code, error) {
	out := &Code{Cell: make([]int8, len(c.Positive))}
	groups := grouped(c)
	r := rand.New(rand.NewPCG(seed, 0x6d646c))
	r.Shuffle(len(groups), func(a, b int) { groups[a], groups[b] = groups[b], groups[a] })
	n := 0
	for _, g := range groups {
		n += len(g)
	}
	for i := range out.Cell {
		out.Cell[i] = -1
	}
	ends := metric.Blocks(n, leastFirst)
	if len(ends) == 0 {
		return nil, fewGroups(len(groups))
	}
	block, sent, next := int8(0), 0, 0
	have := [2]int{} // of the half of the first block, or of the block
	for _, g := range groups {
		for _, i := range g {
			out.Cell[i] = block
			have[int(yes(c.Positive[i]))]++
		}
		sent += len(g)
		both := have[0] > 0 && have[1] > 0
		switch {
		case block == 0 && both && sent >= ends[0]/2:
			block, have = 1, [2]int{}
		case block > 0 && sent < n && sent >= ends[next] && (both || block > 1):
			out.Ends = append(out.Ends, sent)
			for next < len(ends)-1 && ends[next] <= sent {
				next++
			}
			block, have = block+1, [2]int{}
		}
	}
	if len(out.Ends) == 0 {
		return nil, fewGroups(len(groups))
	}
	out.Ends = append(out.Ends, n)
	c.Cell = out.Cell
	found, err := nested.Search(ctx, c, spaces, growing(len(out.Ends)), candidates, opt)
	if err != nil {
		return nil, fmt.Errorf("online code: %w", err)
	}
	first, blocks := 0, make([][]float64, len(out.Ends)-1)
	for i, cell := range out.Cell {
		switch {
		case cell < 0:
		case cell < 2:
			first++
		default:
			p := 0.5
			if found.Calibrated[cell-2] {
				p = found.Probability[i]
			}
			if !c.Positive[i] {
				p = 1 - p
			}
			blocks[cell-2] = append(blocks[cell-2], max(p, math.Ldexp(1, -mostBits)))
		}
	}
	length, err := metric.Online(first, 2, blocks)
	if err != nil {
		return nil, err
	}
	out.CodeLength, out.Last = *length, found.Chosen[len(found.Chosen)-1]
	return out, nil
}

func fewGroups(n int) error {
	return hint.With(fmt.Errorf("too few groups for a code (%d): its first block needs two halves with both classes, and others after it", n), "take more samples, or leave out the code length")
}

// leastFirst are the cases that the first block has at least.
const leastFirst = 8

// grouped gives the cases that take part, by group, in order of their first.
func grouped(c nested.Cases) (out [][]int) {
	at := map[string]int{}
	for i := range c.Positive {
		if c.Cell != nil && c.Cell[i] < 0 {
			continue
		}
		name := strconv.Itoa(i)
		if c.Group != nil {
			name = c.Group[i]
		}
		k, there := at[name]
		if !there {
			k = len(out)
			at[name] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}

// growing are the splits of blocks, each of which is held out from those before it. Cells 0
// and 1 are the first block.
func growing(blocks int) (splits []nested.Split) {
	inner := []nested.Inner{{Train: 1, Test: 2}, {Train: 2, Test: 1}}
	for b := 2; b <= blocks; b++ {
		s := nested.Split{Name: fmt.Sprintf("block %d of %d", b, blocks), Train: fit.First(b), Test: 1 << b, Inner: slices.Clone(inner)}
		if splits = append(splits, s); b == 2 {
			inner = nil
		}
		inner = append(inner, nested.Inner{Train: s.Train, Test: s.Test})
	}
	return splits
}
