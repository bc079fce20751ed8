package models

import (
	"context"
	"os"
	"time"
)

// Check refuses a file that Load would refuse before llama.cpp sees it: one whose
// head is wrong, or that does not fit into memory. It gives the files that the
// model lies in. The error is a *LoadError or *MemoryError, or EngineBuild's.
func Check(path string, opt LoadOptions) (files []string, err error) {
	if err := start(); err != nil {
		return nil, err
	}
	head, err := readHead(path)
	if err != nil {
		return nil, err
	}
	return append([]string{path}, head.Parts...), opt.checkMemory(path, head)
}

// Try loads a file and uses it in every way that a run does, as little as it can:
// both kinds of context, one token each, text to tokens and back, with these adapters. What llama.cpp
// refuses is an error; what it does not foresee ends the process, so that this is
// for a process of its own. Of a model that is larger than this machine's memory
// nothing but the head, the tensors' shapes and the vocabulary are looked at.
func Try(ctx context.Context, path string, adapters []string, threads int) error {
	head, err := readHead(path)
	if err != nil {
		return err
	}
	large := uint64(head.AllBytes) > AvailableMemory()
	opt := LoadOptions{IgnoreMemory: true, NoWeights: large}
	for _, adapter := range adapters {
		opt.Adapters = append(opt.Adapters, Adapter{Path: adapter, Scale: 1})
	}
	m, err := Load(ctx, path, opt)
	if err != nil {
		return err
	}
	defer m.Close()
	tokens, err := m.Tokenize("One small, naïve step.\n 2<|im_end|>", true)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		m.Piece(t, true)
	}
	first := Token(0)
	if len(tokens) > 0 {
		first = tokens[0]
	}
	if large {
		return nil
	}
	for _, pattern := range []bool{false, true} {
		if err := m.tryContext(ctx, first, threads, pattern); err != nil {
			return err
		}
	}
	return nil
}

func (m *Model) tryContext(ctx context.Context, t Token, threads int, pattern bool) error {
	c, err := m.NewContext(ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Threads: threads, Pattern: pattern, IgnoreMemory: true})
	if err != nil {
		return err
	}
	defer c.Close()
	var batch Batch
	batch.Add(t, 0, 0, true)
	if err := c.Decode(ctx, &batch, Extent{}, nil); err != nil {
		return loadError(m.facts.Path, "no token could be decoded: "+err.Error(), "fetch the model from another source, or convert it again")
	}
	_, err = c.Logits(0)
	return err
}

// TryLimits gives how long a Try of these files may take, and how much address
// space: they are mapped, and llama.cpp may keep a repacked copy of the weights.
func TryLimits(files []string) (time.Duration, uint64) {
	size := uint64(0)
	for _, path := range files {
		if info, err := os.Stat(path); err == nil {
			size += uint64(info.Size())
		}
	}
	return 20*time.Second + time.Duration(size/(50<<20))*time.Second, 4<<30 + 3*size
}
