package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/bench"
	"intentprobe/capture/spec"
	"intentprobe/models"
	"intentprobe/storage/plural"
)

type benchOptions struct {
	pairs   int
	only    []string
	weights []string
	batches []int
	rows    int       // statements of arms
	wanted  spec.Auto // threads
	threads int       // that it is then
	engine  spec.Engine
	dir     string
	asJSON  bool
}

var benchParts = []string{"decode", "prefill", "batch", "edits", "arms", "probes", "fidelity", "weights"}

func benchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench MODEL",
		Short: "Time a model on this machine: with and without capturing, batches, weights modes",
		Long: `Time a model on this machine. Each line alternates two ways of doing the same work,
so that other processes disturb both equally, and gives the median of the ratios with
the lowest and the highest. Captured runs are written to the disk and synced.

  decode    256 tokens: one point, the output of every block, eight points a block
  prefill   4 prompts of 512 tokens, and the same to half depth
  batch     samples of one prompt at once, against one after another
  edits     256 tokens with an add in one block and in every block, against the same points
            captured and not edited; 16 samples at once with an edit of its own each
  arms      statements in 24 arms, an add at the last token in each, against 24 runs of
            one arm
  probes    256 tokens scored by 8 probes in different blocks, against the same run without
  fidelity  how far the activations with the file's weights are from those with float32
            weights; this depends on the CPU, which is named
  weights   each mode of engine.weights against the file's weights, and how far its
            activations are from those with float32 weights
` + exitHelp,
		Example: `  capture bench smollm2-135m-instruct --only decode --pairs 3
  capture bench smollm2-135m-instruct --only fidelity`,
		Args:              arguments(cobra.ExactArgs(1)),
		ValidArgsFunction: completeModels,
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.IntVar(&o.pairs, "pairs", 7, "how often each line alternates its two ways")
	o.only, o.batches = slices.Clone(benchParts), []int{2, 4, 8, 16, 32}
	f.Var(namesFlag(&o.only), "only", "parts to run")
	f.Var(namesFlag(&o.weights), "weights", "weights modes to run decode, prefill, batch, edits, arms and probes with (default as-is)")
	f.Var(numbersFlag(&o.batches), "batch", "batch sizes")
	f.IntVar(&o.rows, "statements", 20, "statements of the part arms")
	f.TextVar(&o.wanted, "threads", spec.Auto(0), "CPU `threads`: a number, or auto, as many as this process may use")
	o.engine = capture.DefaultSpec().Engine
	f.TextVar(&o.engine.GPULayers, "gpu-layers", o.engine.GPULayers, "`layers` to put on accelerators and workers: a number, auto or all")
	f.Var(namesFlag(&o.engine.Device), "device", "devices to put layers on, in order")
	f.Var(namesFlag(&o.engine.RPC), "rpc", "workers: HOST:PORT,...")
	f.StringVar(&o.dir, "dir", "", "folder to write into (default: a temporary one)")
	f.BoolVar(&o.asJSON, "json", false, "print one JSON object a line")
	complete(cmd, map[string][]string{"only": benchParts, "weights": append([]string{"as-is"}, models.WeightModes()...)})
	return cmd
}

func (o *benchOptions) run(cmd *cobra.Command, model string) error {
	for _, part := range o.only {
		if !slices.Contains(benchParts, part) {
			return &usageError{fmt.Errorf("bench has no part %q", part), "parts: " + strings.Join(benchParts, ", ")}
		}
	}
	for _, n := range o.batches {
		if n < 1 || n > 254 {
			return &usageError{fmt.Errorf("a batch of %d", n), "use 1 to 254"}
		}
	}
	if o.rows < 1 {
		return &usageError{fmt.Errorf("--statements is %d", o.rows), "use a number from 1 on, or leave it out"}
	}
	if o.pairs < 1 {
		return &usageError{fmt.Errorf("--pairs is %d", o.pairs), "use a number from 1 on, or leave it out"}
	}
	var err error
	warnOfVariables(cmd)
	if o.threads, err = threadsOr(o.wanted); err != nil {
		return err
	}
	if o.weights == nil {
		o.weights = []string{"as-is"}
	}
	dir, err := os.MkdirTemp(o.dir, "capture-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if !o.asJSON {
		say(cmd.OutOrStdout(), "%s, %s; medians of %s, [lowest, highest]\n", models.CPUName(), plural.Count(o.threads, "thread"), plural.Count(o.pairs, "alternating pair"))
	}
	for _, weights := range o.weights {
		if err := o.speeds(cmd, model, weights, dir); err != nil {
			return err
		}
	}
	if slices.Contains(o.only, "fidelity") && !slices.Contains(o.only, "weights") { // which ends with it
		return o.fidelity(cmd, model, dir)
	}
	if slices.Contains(o.only, "weights") {
		return o.modes(cmd, model, dir)
	}
	return nil
}

// fidelity compares the file as it is with float32 weights, without timing either.
func (o *benchOptions) fidelity(cmd *cobra.Command, model, dir string) error {
	asIs, err := o.open(cmd.Context(), model, "as-is", dir)
	if err != nil {
		return err
	}
	defer asIs.Close()
	finest, err := o.open(cmd.Context(), model, "f32", dir)
	if tooLarge := new(models.MemoryError); errors.As(err, &tooLarge) {
		say(cmd.ErrOrStderr(), "capture: left out: weights f32: %v\n", tooLarge)
		return nil
	}
	if err != nil {
		return err
	}
	defer finest.Close()
	fidelity, err := asIs.FidelityTo(cmd.Context(), finest)
	if err == nil {
		o.tell(cmd, fidelity)
	}
	return err
}

// speeds runs the parts that take one weights mode.
func (o *benchOptions) speeds(cmd *cobra.Command, model, weights, dir string) error {
	b, err := o.open(cmd.Context(), model, weights, dir)
	if err != nil {
		return err
	}
	defer b.Close()
	tell := func(t bench.Timing) { o.tell(cmd, t) }
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"decode", func(ctx context.Context) error { return b.Decode(ctx, tell) }},
		{"prefill", func(ctx context.Context) error { return b.Prefill(ctx, tell) }},
		{"batch", func(ctx context.Context) error { return b.Batches(ctx, o.batches, tell) }},
		{"edits", func(ctx context.Context) error { return b.Edits(ctx, tell) }},
		{"arms", func(ctx context.Context) error { return b.Arms(ctx, o.rows, tell) }},
		{"probes", func(ctx context.Context) error { return b.Probes(ctx, tell) }},
	} {
		if slices.Contains(o.only, part.name) {
			if part.name == "batch" && b.OneAtATime() {
				say(cmd.ErrOrStderr(), "%s  no batches: models with recurrent blocks are decoded one sequence at a time\n", weights)
				continue
			}
			if err := part.run(cmd.Context()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *benchOptions) open(ctx context.Context, model, weights, dir string) (*bench.Model, error) {
	engine := o.engine
	engine.Weights = weights
	return bench.Open(ctx, bench.Options{Model: model, Engine: engine, Dir: dir, Threads: o.threads, Pairs: o.pairs, Session: around()})
}

// modes compares every weights mode with the file as it is. A mode that does not
// fit into memory beside it is left out, with a line that says so.
func (o *benchOptions) modes(cmd *cobra.Command, model, dir string) error {
	open := func(weights string) (*bench.Model, error) {
		return o.open(cmd.Context(), model, weights, dir)
	}
	asIs, err := open("as-is")
	if err != nil {
		return err
	}
	defer asIs.Close()
	finest := asIs
	for _, weights := range models.WeightModes() {
		b, err := open(weights)
		if tooLarge := new(models.MemoryError); errors.As(err, &tooLarge) {
			say(cmd.ErrOrStderr(), "capture: left out: weights %s: %v\n", weights, tooLarge)
			continue
		}
		if err != nil {
			return err
		}
		if err := o.mode(cmd, asIs, b, finest); err != nil {
			b.Close()
			return err
		}
		if finest == asIs {
			finest = b // f32 comes first
			defer b.Close()
			continue
		}
		b.Close()
	}
	fidelity, err := asIs.FidelityTo(cmd.Context(), finest)
	if err == nil {
		o.tell(cmd, fidelity)
	}
	return err
}

func (o *benchOptions) mode(cmd *cobra.Command, asIs, b, finest *bench.Model) error {
	if err := asIs.Against(cmd.Context(), b, func(t bench.Timing) { o.tell(cmd, t) }); err != nil {
		return err
	}
	if finest == asIs {
		return nil
	}
	fidelity, err := b.FidelityTo(cmd.Context(), finest)
	if err == nil {
		o.tell(cmd, fidelity)
	}
	return err
}

// tell prints one line as soon as it is measured.
func (o *benchOptions) tell(cmd *cobra.Command, line any) {
	out := cmd.OutOrStdout()
	if o.asJSON {
		printJSONLine(out, line)
		return
	}
	switch l := line.(type) {
	case bench.Timing:
		rate := func(s bench.Spread) string { return fmt.Sprintf("%.0f [%.0f, %.0f]", s.Median, s.Low, s.High) }
		say(out, "%-7s %-30s %s %s, %s %s tokens/s; ratio %.3f [%.3f, %.3f]\n", l.Weights, l.Name,
			l.Base, rate(l.BaseRate), l.Other, rate(l.OtherRate), l.Ratio.Median, l.Ratio.Low, l.Ratio.High)
	case bench.Fidelity:
		say(out, "%-7s resid_post against %s: smallest cosine %.6f, largest relative distance %.1e (%s)\n", l.Weights, l.Against, l.Cosine, l.Distance, l.CPU)
	}
}
