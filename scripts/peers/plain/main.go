// Command plain does what llama-bench does, with this project's engine: one
// warm-up, then one timed decode of random tokens, with nothing captured and
// nothing sampled. It prints one JSON object.
//
//	plain [-weights bf16] [-threads 2] (-prompt 512 | -generate 128) MODEL.gguf
//
// The object names the model file that was run, which -weights may have made.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"intentprobe/capture"
	"intentprobe/models"
	"intentprobe/models/cache"
)

const microBatch = 512 // llama-bench's

func main() {
	weights := flag.String("weights", "as-is", "as-is, f32, f16, bf16, q8_0 or q4_0")
	threads := flag.Int("threads", capture.DefaultThreads(), "CPU threads")
	prompt := flag.Int("prompt", 0, "tokens of a prompt, decoded in micro-batches")
	generate := flag.Int("generate", 0, "tokens decoded one by one")
	flag.Parse()
	if flag.NArg() != 1 || (*prompt > 0) == (*generate > 0) {
		fmt.Fprintln(os.Stderr, "usage: plain [-weights W] [-threads N] (-prompt N | -generate N) MODEL.gguf")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *weights, *threads, *prompt, *generate); err != nil {
		fmt.Fprintln(os.Stderr, "plain:", err)
		os.Exit(1)
	}
}

func run(path, weights string, threads, prompt, generate int) error {
	path, err := converted(path, weights, threads)
	if err != nil {
		return err
	}
	model, err := models.Load(context.Background(), path, models.LoadOptions{})
	if err != nil {
		return err
	}
	defer model.Close()
	engine, err := model.NewContext(models.ContextOptions{Tokens: prompt + generate, Sequences: 1, MicroBatch: microBatch, Threads: threads})
	if err != nil {
		return err
	}
	defer engine.Close()

	tokens, step, warm := prompt, microBatch, prompt
	if generate > 0 {
		tokens, step, warm = generate, 1, 1
	}
	if err := decode(engine, model.Facts().Vocabulary, warm, step); err != nil {
		return err
	}
	engine.Clear()
	started := time.Now()
	if err := decode(engine, model.Facts().Vocabulary, tokens, step); err != nil {
		return err
	}
	seconds := time.Since(started).Seconds()
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"model": path, "tokens": tokens, "seconds": seconds})
}

// converted gives the file with the weights asked for.
func converted(path, weights string, threads int) (string, error) {
	if weights == "as-is" {
		return path, nil
	}
	sum, err := models.FileSHA256(context.Background(), path)
	if err != nil {
		return "", err
	}
	cache, err := cache.Dir()
	if err != nil {
		return "", err
	}
	out, _, err := models.Convert(context.Background(), path, sum, weights, filepath.Join(cache, "weights"), threads)
	return out, err
}

// decode runs so many random tokens through the model, step by step; the logits
// of the last one of each step are computed.
func decode(engine *models.Context, vocabulary, tokens, step int) error {
	var batch models.Batch
	for at := 0; at < tokens; {
		batch.Reset()
		for end := min(at+step, tokens); at < end; at++ {
			batch.Add(models.Token(rand.IntN(vocabulary)), at, 0, at == end-1)
		}
		if err := engine.Decode(context.Background(), &batch, models.Extent{}, nil); err != nil {
			return err
		}
	}
	return nil
}
