// Command bench times the writer against the disk and weighs a run's memory; the
// rest of `make bench` is `capture bench`.
//
//	bench [-n 7] MODEL.gguf
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"syscall"
	"time"

	"intentprobe/storage"
)

const (
	promptText  = "Tell me a long story about a ship and its crew."
	writerBytes = 1 << 30
	layers      = 30 // of rows like those of SmolLM2-135M
	width       = 576
	rowsAtOnce  = 512
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
	return compareWriter(dir, n)
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

// compareWriter writes rows like those of a run, and as many bytes plainly, both
// synced.
func compareWriter(dir string, n int) error {
	var columns []storage.Column
	for i := range layers {
		columns = append(columns, storage.Column{Name: fmt.Sprintf("blocks.%d.hook_resid_post", i), Shape: []int{width}, DType: storage.Float32})
	}
	rows := writerBytes / (layers * width * 4)
	bytes := layers * width * 4 * rows
	plain := func() error {
		file, err := os.Create(filepath.Join(dir, "plain"))
		if err != nil {
			return err
		}
		defer file.Close()
		block := make([]byte, 16<<20)
		for left := bytes; left > 0; left -= len(block) {
			if _, err := file.Write(block[:min(left, len(block))]); err != nil {
				return err
			}
		}
		return file.Sync()
	}
	written := func() error {
		w, err := storage.Create(storage.Config{Dir: filepath.Join(dir, "rows"), Overwrite: true, Columns: columns, Rows: rowsAtOnce})
		if err != nil {
			return err
		}
		s := w.Begin(rows)
		for i := range rows {
			if _, err := s.Reserve(); err != nil {
				return err
			}
			if err := s.Add(storage.Row{Position: int32(i), Token: "x"}); err != nil {
				return err
			}
		}
		if err := s.End(storage.Sample{Meta: "{}"}); err != nil {
			return err
		}
		return w.Commit()
	}
	return compare("writer, synced", n, float64(bytes)/(1<<20), "MiB/s", plain, written, "plain file", "run directory")
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
