// Command bench times capture against the bare model and the disk, in pairs
// that alternate, so that a machine whose speed drifts still gives right ratios.
//
//	bench [-n 7] MODEL.gguf
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"syscall"
	"time"

	"intentprobe/capture"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage"
)

const (
	promptText  = "Tell me a long story about a ship and its crew."
	decodeLen   = 128
	prefillLen  = 512
	writerBytes = 512 << 20
)

func main() {
	n := flag.Int("n", 7, "pairs of each measurement")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-n PAIRS] MODEL.gguf")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *n); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(path string, n int) error {
	dir, err := os.MkdirTemp("", "capture-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// First, while this process is small: a child's peak begins with its parent's.
	if err := peakMemory(path, dir); err != nil {
		return err
	}
	b, err := open(path, dir)
	if err != nil {
		return err
	}
	defer b.model.Close()
	defer b.engine.Close()
	f := b.model.Facts()
	fmt.Printf("model    %s (%s, %d layers, d_model %d)\nmachine  %d CPUs; medians of %d alternating pairs, [lowest, highest]\n\n",
		filepath.Base(path), f.FileType, f.Layers, f.Width, capture.DefaultThreads(), n)

	for _, m := range []struct {
		name            string
		tokens          int
		plain, captured func() error
	}{
		{"decode", decodeLen, func() error { return b.plainDecode() }, func() error { return b.captured(b.decodeSpec("resid_post", "response")) }},
		{"decode + log-probabilities", decodeLen, func() error { return b.plainDecode() }, func() error { return b.captured(b.decodeSpec("resid_post", "all")) }},
		{"decode, no log-probabilities", decodeLen, func() error { return b.plainDecode() }, func() error { return b.captured(b.decodeSpec("resid_post", "none")) }},
		{"prefill, all layers", prefillLen, func() error { return b.plainPrefill() }, func() error { return b.captured(b.prefillSpec("resid_post")) }},
		{"prefill, all layers but the last", prefillLen, func() error { return b.plainPrefill() }, func() error { return b.captured(b.prefillSpec(fmt.Sprintf("resid_post:0-%d", f.Layers-2))) }},
	} {
		if err := compare(m.name, n, float64(m.tokens), "tokens/s", m.plain, m.captured, "plain", "captured"); err != nil {
			return err
		}
	}
	return b.compareWriter(n)
}

// compare runs two functions in turn and prints the rates and the ratio, pair
// by pair, after one pair that is not counted.
func compare(name string, n int, amount float64, unit string, a, b func() error, aName, bName string) error {
	var as, bs, ratios []float64
	for i := range n + 1 {
		ta, err := timed(a)
		if err != nil {
			return err
		}
		tb, err := timed(b)
		if err != nil {
			return err
		}
		if i > 0 {
			as, bs, ratios = append(as, amount/ta), append(bs, amount/tb), append(ratios, ta/tb)
		}
	}
	fmt.Printf("%-34s %s %s, %s %s %s; ratio %s\n", name, aName, spread(as, "%.0f"), bName, spread(bs, "%.0f"), unit, spread(ratios, "%.3f"))
	return nil
}

func timed(f func() error) (float64, error) {
	start := time.Now()
	err := f()
	return time.Since(start).Seconds(), err
}

func spread(x []float64, format string) string {
	sort.Float64s(x)
	return fmt.Sprintf(format+" ["+format+", "+format+"]", x[len(x)/2], x[0], x[len(x)-1])
}

type bench struct {
	model        *models.Model
	engine       *models.Context
	path, dir    string
	prompt, long []models.Token
}

func open(path, dir string) (*bench, error) {
	model, err := models.Load(path, models.LoadOptions{})
	if err != nil {
		return nil, err
	}
	engine, err := model.NewContext(models.ContextOptions{Tokens: 1024, Sequences: 1, MicroBatch: prefillLen, Threads: capture.DefaultThreads()})
	if err != nil {
		return nil, err
	}
	b := &bench{model: model, engine: engine, path: path, dir: dir}
	if b.prompt, err = model.Tokenize(promptText, true, true); err != nil {
		return nil, err
	}
	for len(b.long) < prefillLen {
		b.long = append(b.long, b.prompt...)
	}
	b.long = b.long[:prefillLen]
	return b, nil
}

// plainDecode is the bare loop: decode, sample, no copy and no score.
func (b *bench) plainDecode() error {
	if err := b.engine.SetPlan(&hooks.Plan{}); err != nil {
		return err
	}
	b.engine.Clear()
	s := models.NewSampler(models.SamplerOptions{})
	defer s.Close()
	var batch models.Batch
	for i, t := range b.prompt {
		batch.Add(t, i, 0, i == len(b.prompt)-1)
	}
	for at := len(b.prompt); ; at++ {
		if err := b.engine.Decode(context.Background(), &batch); err != nil || at == len(b.prompt)+decodeLen {
			return err
		}
		t := b.engine.Sample(s, batch.Len()-1)
		batch.Reset()
		batch.Add(t, at, 0, true)
	}
}

func (b *bench) plainPrefill() error {
	if err := b.engine.SetPlan(&hooks.Plan{}); err != nil {
		return err
	}
	b.engine.Clear()
	var batch models.Batch
	for i, t := range b.long {
		batch.Add(t, i, 0, i == len(b.long)-1)
	}
	return b.engine.Decode(context.Background(), &batch)
}

func (b *bench) decodeSpec(hook, logprobs string) capture.Spec {
	s := capture.DefaultSpec()
	s.Chat.Template = "none"
	s.Prompts.Text = []string{promptText}
	s.Generate.MaxTokens = decodeLen
	s.Capture.Hooks, s.Capture.Logprobs = []string{hook}, logprobs
	return s
}

func (b *bench) prefillSpec(hook string) capture.Spec {
	s := b.decodeSpec(hook, "none")
	s.Generate.MaxTokens = 0
	return s
}

// endless keeps the model from ending its answer: every run decodes as much.
type endless struct{ *models.Model }

func (endless) EndsGeneration(models.Token) bool { return false }

// captured runs a spec through the runner and the writer, onto the disk.
func (b *bench) captured(spec capture.Spec) error {
	data, err := capture.ReadDataset(spec.Prompts)
	if err != nil {
		return err
	}
	p, err := capture.Prepare(spec, data, b.model.Facts(), endless{b.model})
	if err != nil {
		return err
	}
	if spec.Generate.MaxTokens == 0 {
		p.Jobs[0].Tokens, p.Jobs[0].Roles = b.long, make([]int8, len(b.long))
	}
	names := make([]string, len(p.Points))
	for i, point := range p.Points {
		names[i] = point.String()
	}
	w, err := storage.Create(storage.Config{Dir: filepath.Join(b.dir, "run"), Overwrite: true, Points: names, Width: p.Facts.Width, DType: storage.Float32})
	if err != nil {
		return err
	}
	r := capture.Runner{Prepared: p, Engine: b.engine, Writer: w}
	if err := r.Run(context.Background()); err != nil {
		return err
	}
	return w.Finish(&storage.Manifest{Status: storage.Complete, Hooks: make([]storage.Hook, len(p.Points))})
}

// compareWriter writes rows like those of a run, and as many bytes plainly, both
// synced.
func (b *bench) compareWriter(n int) error {
	f := b.model.Facts()
	var names []string
	for i := range f.Layers {
		names = append(names, hooks.Point{Site: hooks.ResidPost, Layer: i}.String())
	}
	row := make([][]float32, f.Layers)
	for i := range row {
		row[i] = make([]float32, f.Width)
	}
	rows := writerBytes / (f.Layers * f.Width * 4)
	bytes := float64(rows * f.Layers * f.Width * 4)
	plain := func() error {
		file, err := os.Create(filepath.Join(b.dir, "plain"))
		if err != nil {
			return err
		}
		defer file.Close()
		block := make([]byte, 16<<20)
		for left := int(bytes); left > 0; left -= len(block) {
			if _, err := file.Write(block[:min(left, len(block))]); err != nil {
				return err
			}
		}
		return file.Sync()
	}
	written := func() error {
		w, err := storage.Create(storage.Config{Dir: filepath.Join(b.dir, "rows"), Overwrite: true, Points: names, Width: f.Width, DType: storage.Float32})
		if err != nil {
			return err
		}
		s := w.Begin()
		for i := range rows {
			if err := s.Add(storage.Row{Position: int32(i), Token: "x"}, row); err != nil {
				return err
			}
		}
		if err := s.End(storage.Sample{Meta: "{}"}); err != nil {
			return err
		}
		return w.Commit()
	}
	return compare("writer, synced", min(n, 5), bytes/(1<<20), "MiB/s", plain, written, "plain file", "run directory")
}

// peakMemory runs the program itself for few and for many samples.
func peakMemory(path, dir string) error {
	for _, samples := range []string{"10", "100"} {
		for _, hook := range []string{"resid_post:0", "resid_post"} {
			cmd := exec.Command("bin/capture", "run", "--model", path, "--prompt", promptText, "--samples", samples, "--temperature", "1",
				"--max-tokens", "32", "--hooks", hook, "--out", filepath.Join(dir, "memory"), "--overwrite")
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			fmt.Printf("%-34s %4d MiB\n", fmt.Sprintf("peak memory, %s samples, %s", samples, hook), peak>>10)
		}
	}
	return nil
}
