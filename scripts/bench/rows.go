package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"intentprobe/storage"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// Rows like those of SmolLM2-135M with every layer.
const (
	layers     = 30
	width      = 576
	rowsAtOnce = 512
	rowBytes   = layers * width * 4
)

func columns() (out []arrowfile.Column) {
	for i := range layers {
		out = append(out, arrowfile.Column{Name: fmt.Sprintf("blocks.%d.hook_resid_post", i), Shape: []int{width}, DType: arrowfile.Float32})
	}
	return out
}

// writeRun writes a run of so many groups, each a sample of so many rows, and gives
// how many bytes of activations it has.
func writeRun(dir string, groups, rows int) (int64, error) {
	m := &rundir.Manifest{DType: arrowfile.Float32, Engine: rundir.Engine{MicroBatch: rowsAtOnce}, Plan: &rundir.Plan{Samples: int64(groups), GroupSamples: 1}}
	for _, c := range columns() {
		m.Hooks = append(m.Hooks, rundir.Hook{Name: c.Name, Shape: c.Shape})
	}
	w, err := storage.Create(storage.Config{Dir: dir, Overwrite: true, Manifest: m, Columns: columns(), Rows: rowsAtOnce})
	if err != nil {
		return 0, err
	}
	defer w.Close()
	for g := range groups {
		if err := writeSample(w, g, rows); err != nil {
			return 0, err
		}
	}
	_, err = w.Finish(rundir.Complete, nil)
	return int64(groups) * int64(rows) * rowBytes, err
}

// writeSample writes the rows of a sample, each number of them another, and
// commits it.
func writeSample(w *storage.Writer, id, rows int) error {
	s := w.Begin(rows)
	for i := range rows {
		p, err := s.Reserve()
		if err != nil {
			return err
		}
		for c := range layers {
			w.Floats(c, p)[0] = float32(i*layers + c)
		}
		if err := s.Add(rundir.Row{Position: int32(i), Token: "x", Role: 1}); err != nil {
			return err
		}
	}
	said := rundir.Sample{PromptID: fmt.Sprint(id), FinishReason: "length", PromptTokens: int32(rows), Meta: "{}"}
	if err := s.End(said); err != nil {
		return err
	}
	return w.Commit()
}

// large writes the large run, in a process of its own: what this one has in memory
// would count as that of the commands that it begins.
func (b *bench) large() (string, error) {
	run := filepath.Join(b.dir, "large")
	if _, err := os.Stat(run); err == nil {
		return run, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(self, "-gib", fmt.Sprint(b.gib), "-write", run)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	fmt.Printf("%-34s %4d MiB\n", fmt.Sprintf("peak memory, %d GiB, writer", b.gib), peak>>10)
	return run, nil
}
