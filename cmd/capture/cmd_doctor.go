package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/hint"
	"intentprobe/models"
	"intentprobe/models/cache"
	"intentprobe/models/find"
	"intentprobe/models/worker"
	"intentprobe/storage/plural"
)

// diagnosis is what `capture doctor --json` prints.
type diagnosis struct {
	Version   string          `json:"version"`
	Commit    string          `json:"commit,omitempty"`
	Go        string          `json:"go"`
	Platform  string          `json:"platform"`
	Engine    models.Build    `json:"engine"`
	CPUs      int             `json:"cpus"`
	Threads   int             `json:"threads"` // default of a run
	Memory    uint64          `json:"memory_available"`
	Cache     string          `json:"cache"`
	Places    []placeCount    `json:"places"`
	Problems  []doctorAdvice  `json:"problems"`
	CPUOffers []string        `json:"cpu_features_unused"`
	Devices   []models.Device `json:"devices"`
	Workers   []worker.Info   `json:"workers,omitempty"`
}

type placeCount struct {
	find.Place
	Models int `json:"models"`
}

// doctorAdvice is something wrong, and what to do about it.
type doctorAdvice struct {
	Problem string `json:"problem"`
	Do      string `json:"do"`
}

func doctorCommand() *cobra.Command {
	var (
		asJSON bool
		rpc    []string
		with   adapterFlags
	)
	cmd := &cobra.Command{
		Use:   "doctor [MODEL]",
		Short: "Show how this program was built, what this machine offers, and what to fix",
		Long: `Show how this program was built, what this machine offers, where models were found,
and how to fix what is wrong.

With MODEL: show what its file says about tokens and chat templates, and which known
faults it has. Such faults are a pre-tokenizer that is not named, special tokens that
are not in the vocabulary, or a chat template that is missing or cannot be used. Each
is printed with what it means and what to do. With --adapter: also show what a LoRA
adapter changes, and whether it fits the model.
` + exitHelp,
		Example: `  capture doctor
  capture doctor smollm2-135m-instruct`,
		Args:              arguments(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeModels,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return examine(cmd, args[0], with, asJSON)
			}
			if len(with) > 0 {
				return &usageError{errors.New("--adapter without a model"), "name the model that the adapter is for: capture doctor MODEL --adapter FILE"}
			}
			d, err := diagnose()
			if err != nil {
				return err
			}
			d.ask(cmd.Context(), rpc)
			if asJSON {
				return printJSON(cmd.OutOrStdout(), d)
			}
			printDiagnosis(cmd, d)
			return nil
		},
	}
	with.add(cmd)
	cmd.Flags().Var(namesFlag(&rpc), "rpc", "also ask workers: HOST:PORT,...")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func diagnose() (*diagnosis, error) {
	engine, err := models.EngineBuild()
	if err != nil {
		return nil, err
	}
	d := &diagnosis{
		Version: version, Commit: commit, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Engine: engine, CPUs: runtime.NumCPU(), Threads: capture.DefaultThreads(), Memory: models.AvailableMemory(),
		Problems: []doctorAdvice{},
	}
	found := 0
	for _, p := range find.Places() {
		n := 0
		for _, f := range find.Models([]find.Place{p}) {
			if !f.Missing {
				n++
			}
		}
		found += n
		d.Places = append(d.Places, placeCount{p, n})
	}
	advise := func(do, format string, args ...any) {
		d.Problems = append(d.Problems, doctorAdvice{fmt.Sprintf(format, args...), do})
	}
	if found == 0 {
		advise("name a GGUF file by its path, or put it where `capture models` looks; `--model phantom` is built in; with the source, make demo fetches one", "no model found on this machine")
	}
	if d.CPUOffers = unusedFeatures(d.Engine.Features); len(d.CPUOffers) > 0 {
		advise("build on this machine with `make build` (SIMD=native is the default)",
			"this CPU has %s, which the engine was not built for", strings.Join(d.CPUOffers, ", "))
	}
	if d.Devices, err = models.Devices(); err != nil {
		return nil, err
	}
	for _, name := range silentBackends(d.Engine.Options, models.Backends()) {
		advise(driverNeeded[name], "the engine has the backend %s, which found no device", name)
	}
	switch built := d.Engine.Built; {
	case d.Engine.Library == "", built == d.Engine.Version:
	case built == "":
		advise("build with make build ENGINE=system, which tells", "which llama.cpp this program was compiled for is not known: its structs were compared with %s, its version could not be", d.Engine.Library)
	default:
		advise("make build ENGINE=system builds capture for it", "llama.cpp is %s, and this program was compiled for %s: their structs agree, their results may differ", d.Engine.Version, built)
	}
	if d.Memory < 1<<30 {
		advise("close other programs, or use a small model", "only %s of memory are available", bytesText(int64(d.Memory)))
	}
	if dir, err := cache.Dir(); err != nil {
		advise("set HOME or CAPTURE_CACHE", "no cache folder: %v", err)
	} else if d.Cache = dir; os.MkdirAll(dir, 0o777) != nil {
		advise("make it writable, or set CAPTURE_CACHE", "the cache folder %s cannot be made", dir)
	}
	return d, nil
}

func printDiagnosis(cmd *cobra.Command, d *diagnosis) {
	w := cmd.OutOrStdout()
	line := func(name, format string, args ...any) {
		say(w, "%-10s "+format+"\n", append([]any{name}, args...)...)
	}
	line("capture", "%s%s, %s, %s", d.Version, suffix(d.Commit), d.Go, d.Platform)
	line("llama.cpp", "%s (ggml %s), %s", d.Engine.Version, d.Engine.Ggml, d.Engine.Options)
	line("source", "%s", d.Engine.Source)
	if d.Engine.Library != "" {
		line("library", "%s", d.Engine.Library)
	}
	line("built for", "%s", strings.Join(d.Engine.Features, " "))
	if d.Engine.CPULibrary != "" {
		line("CPU code", "%s", d.Engine.CPULibrary)
	}
	for _, dev := range d.Devices {
		line("device", "%s: %s, %s%s", dev.Name, dev.Description, memoryText(dev.MemoryFree, dev.MemoryTotal), suffix(dev.Driver))
	}
	for _, w := range d.Workers {
		for _, dev := range w.Devices {
			line("worker", "%s: %s, %s%s; capture %s, llama.cpp %s", dev.Name, dev.Description, memoryText(dev.MemoryFree, dev.MemoryTotal), suffix(dev.Driver), w.Version, w.Engine)
		}
	}
	line("CPUs", "%d, of which a run uses %s", d.CPUs, plural.Count(d.Threads, "thread"))
	if d.Memory == math.MaxUint64 {
		line("memory", "not known on this system")
	} else {
		line("memory", "%s available", bytesText(int64(d.Memory)))
	}
	line("cache", "%s", d.Cache)
	for _, p := range d.Places {
		line("models", "%3d in %s (%s)", p.Models, p.Dir, p.Source)
	}
	for _, p := range d.Problems {
		say(w, "\nproblem: %s\n     do: %s\n", p.Problem, p.Do)
	}
	if len(d.Problems) == 0 {
		say(w, "\nnothing is wrong\n")
	}
}

// ask asks workers who they are.
func (d *diagnosis) ask(ctx context.Context, endpoints []string) {
	for _, endpoint := range endpoints {
		w, err := worker.Greet(ctx, endpoint, time.Minute)
		if err == nil {
			d.Workers = append(d.Workers, w.Info)
			w.Close()
			err = capture.CheckWorker(endpoint, &w.Info)
		}
		if advice := hint.Of(err, phrase); advice != "" {
			d.Problems = append(d.Problems, doctorAdvice{err.Error(), advice})
		}
	}
}
