package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/spec"
	"intentprobe/models/cache"
	"intentprobe/models/phantom/intents"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// intentFlags say what is asked.
type intentFlags struct {
	size                     intent.Size
	file, outcome, subspaces string
}

func intentCommand() *cobra.Command {
	var (
		settings spec.Layer
		flags    = intentFlags{size: intent.Shipped()}
		asJSON   bool
		dryRun   bool
	)
	cmd := &cobra.Command{
		Use:   "intent [STUDY.yaml] [MODEL...]",
		Short: "Climb the ladder of evidence of intent with a model, and say how far it holds",
		Long: `Ask a model the questions of a study (docs/intent.md) under every arm, read its states before
the answer, swap the variable that foresees the outcome, and say by written rules what that is
evidence of.

A chat model is asked the study that is shipped, or one of your own: STUDY.yaml (` + "`capture\nintent study`" + ` prints the shipped one to begin with). An embedded phantom is asked about its own
world (docs/phantom.md), and so is a model of that world with --outcome or --subspaces, the
direction file with its variable; without one rung 7 is not run. The verdict needs rung 0:
` + "`capture intent control`" + ` judges the phantoms once on this machine.

Models that are named as arguments are asked one after the other, each in a folder of its own
below the output folder; a table of all of them comes last.

All of it is ordinary runs in the output folder; what was begun there is gone on with. How the
model is run is set by flags, CAPTURE_* variables and capture.yaml.
` + exitHelp,
		Example: `  capture intent control
  capture intent --model phantom:reflex --out runs/reflex
  capture intent --model smollm2-135m-instruct --out runs/smollm2
  capture intent a-1b.gguf a-3b.gguf a-8b.gguf --out runs/sizes
  capture intent mine.yaml --model smollm2-135m-instruct --out runs/mine --json
  capture intent --model mine.gguf --subspaces mine.safetensors --out runs/world`,
		RunE: func(cmd *cobra.Command, args []string) error {
			base, err := readSettings("", settings)
			if err != nil {
				return err
			}
			var models []string
			if flags.file, models, err = studyAndModels(args); err != nil {
				return err
			}
			if len(models) > 0 && cmd.Flags().Changed("model") {
				return namedTwice(base.Model)
			}
			if dryRun {
				return planEach(cmd, &flags, base, models, asJSON)
			}
			if base.Out == "" {
				return &usageError{errors.New("no output folder"), "add --out DIR"}
			}
			if len(models) > 0 {
				all, err := climbEach(cmd, base, &flags, models)
				if err != nil {
					return err
				}
				return showModels(cmd, all, asJSON)
			}
			study, err := flags.study(cmd, &base)
			if err != nil {
				return err
			}
			r, err := climb(cmd, base, study, flags.size.Seed, controlIn(base.Out, true))
			if err != nil {
				return err
			}
			if err := keepReport(r, base.Out); err != nil {
				return err
			}
			return showReport(cmd, r, asJSON)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.outcome, "outcome", "", "what is to be intended in the phantoms' world: "+strings.Join(intents.Outcomes, " (the default), "))
	f.StringVar(&flags.subspaces, "subspaces", "", "direction `FILE` with the variable that foresees it there, foresight or bell (default: those of an embedded phantom)")
	flags.addSize(cmd)
	f.BoolVar(&dryRun, "dry-run", false, "print the plan and its hash, what would be run, about how long, and what each rung can show; write nothing")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	settings = addKeyFlags(f)
	f.Var(setFlag{settings}, "set", "set any key of the spec (repeatable)")
	cmd.AddCommand(intentControlCommand(), intentReportCommand(), intentStudyCommand(), intentChallengeCommand(), intentRatesCommand())
	return cmd
}

// addSize adds the flags that say how much is asked.
func (i *intentFlags) addSize(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVar(&i.size.Families, "families", i.size.Families, "families of scenarios")
	f.IntVar(&i.size.HeldOut, "held-out", i.size.HeldOut, "families on which nothing is chosen")
	f.IntVar(&i.size.Wordings, "wordings", i.size.Wordings, "wordings of each family")
	f.IntVar(&i.size.Swaps, "swaps", i.size.Swaps, "swaps that must change the answer; as many that must not, and of questions")
	f.Uint64Var(&i.size.Seed, "prompts-seed", i.size.Seed, "seed of the prompts")
}

// climb makes the runs of a study that are not there, and judges them.
func climb(cmd *cobra.Command, base capture.Spec, s *intent.Study, seed uint64, control func(*rundir.Manifest) (ladder.Control, error)) (*intent.Report, error) {
	runs, err := s.Runs(base, base.Out)
	if err != nil {
		return nil, err
	}
	if err := declare(cmd.Context(), &base, s, runs, seed); err != nil {
		return nil, err
	}
	for i, r := range runs {
		if r.RandomWeights {
			if err := writeRandomWeights(&base, r.Spec.Model, seed); err != nil {
				return nil, err
			}
		}
		say(cmd.ErrOrStderr(), "capture: run %d of %d: %s\n", i+1, len(runs), r.Name)
		if err := runOnce(cmd.Context(), r); err != nil {
			return nil, err
		}
	}
	return judgeIntent(cmd.Context(), base.Out, control)
}

// controlIn is rung 0 as it was found on this machine; else it is the copy in the study's
// folder. keep writes that copy.
func controlIn(dir string, keep bool) func(*rundir.Manifest) (ladder.Control, error) {
	return func(m *rundir.Manifest) (ladder.Control, error) {
		var kept *intent.Calibration
		of := intent.Calibrated(m)
		err := cache.In(controlFolder, func(cached string) (err error) {
			kept, err = of.Kept(cached)
			return err
		})
		switch {
		case err == nil && kept == nil:
			kept, err = of.Kept(dir)
		case err == nil && keep:
			err = kept.Keep(dir)
		}
		if err != nil {
			return ladder.Control{}, err
		}
		return kept.Outcome(), nil
	}
}

// controlFolder is that of the cache folder where rung 0 is kept.
const controlFolder = "intent"

// runOnce makes a run unless it is there; what was begun is gone on with.
func runOnce(ctx context.Context, r intent.Run) error {
	if err := r.Begin(disk.OS{}); err != nil {
		return err
	}
	if run, err := rundir.OpenRecorded(r.Spec.Out); err == nil {
		if run.Manifest.Finished() {
			return nil
		}
		again, err := capture.Reopen(ctx, r.Spec.Out, capture.ReopenOptions{Options: around(), Tool: tool()})
		if err != nil {
			return err
		}
		defer again.Close()
		_, err = again.Resume(ctx, false, nil)
		return err
	}
	s, err := capture.Open(ctx, r.Spec, around())
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Run(ctx, capture.RunOptions{Tool: tool()})
	return err
}

func intentControlCommand() *cobra.Command {
	var (
		flags   = intentFlags{size: intent.Shipped()}
		threads int
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use:   "control",
		Short: "Judge the phantoms, whose verdicts are known, and keep what came out for rung 0",
		Long: `Climb the ladder with every embedded phantom, hold the verdicts against those that are
declared (docs/phantom.md), and keep the outcome in the cache folder for this program, engine
and kind of CPU. Some minutes, once.
` + exitHelp,
		Example: `  capture intent control`,
		Args:    arguments(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := calibrate(cmd, flags, threads)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), c)
			}
			return printCalibration(cmd.OutOrStdout(), c)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	flags.addSize(cmd)
	f.IntVar(&threads, "threads", 0, "threads of llama.cpp (default: as many as there are CPUs)")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// calibrate judges every phantom, and keeps the record.
func calibrate(cmd *cobra.Command, flags intentFlags, threads int) (c *intent.Calibration, err error) {
	temp, err := os.MkdirTemp("", "capture-intent-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	for _, d := range intent.Plan() {
		say(cmd.ErrOrStderr(), "capture: %s%s, %s\n", intents.Prefix, d.Phantom, d.Outcome)
		base := capture.DefaultSpec()
		base.Model, base.Out, base.Engine.Threads = intents.Prefix+d.Phantom, filepath.Join(temp, d.Phantom+"-"+d.Outcome), spec.Auto(threads)
		flags.outcome = d.Outcome
		study, err := flags.world(&base)
		if err != nil {
			return nil, err
		}
		l, err := climb(cmd, base, study, flags.size.Seed, func(m *rundir.Manifest) (ladder.Control, error) {
			if c == nil {
				c = intent.Calibrated(m)
				c.Size = flags.size
			}
			return ladder.Control{Outcome: ladder.Pass, Note: "this is it"}, nil
		})
		if err != nil {
			return nil, err
		}
		d.Got, d.Because = l.Verdict.Word, l.Verdict.Because
		c.Verdicts = append(c.Verdicts, d)
		if err := os.RemoveAll(base.Out); err != nil {
			return nil, err
		}
	}
	return c, cache.In(controlFolder, c.Keep)
}
