package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/intent"
	"intentprobe/capture/intent/facts"
	"intentprobe/capture/intent/rates"
	"intentprobe/capture/spec"
	"intentprobe/storage/rundir"
)

// asked is a model that is asked facts, and how.
type asked struct {
	name  string // of its folder
	base  capture.Spec
	about facts.About
	runs  []intent.Run

	seconds float64 // that its runs are expected to take
}

func intentRatesCommand() *cobra.Command {
	var (
		settings       spec.Layer
		items          int
		topics         []string
		dryRun, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "rates MODEL...",
		Short: "Rate hallucinations and lies of models against what they know",
		Long: `Ask models facts with closed options: neutrally, to see what each knows; under pressure to say
what is false; and under two arms beside it, the goal alone and a lie that serves nothing. Half
of the neutral samples say what is known, the other half is measured (docs/rates.md).

A model with a chat template is asked by messages, any other by a plain text. All of it is
ordinary runs, in a folder for each model below the output folder; what was begun there is gone
on with. How models are run is set by flags, CAPTURE_* variables and capture.yaml.
` + exitHelp,
		Example: `  capture intent rates smollm2-135m-instruct --items 90 --out runs/rates --dry-run
  capture intent rates smollm2-135m-instruct --out runs/rates
  capture intent rates a-1b.gguf a-3b.gguf a-8b.gguf --out runs/sizes --json`,
		Args: arguments(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			base, err := readSettings("", settings)
			if err != nil {
				return err
			}
			switch {
			case base.Out == "":
				return &usageError{errors.New("no output folder"), "add --out DIR"}
			case cmd.Flags().Changed("model"):
				return namedTwice(base.Model)
			}
			of, err := facts.Choose(facts.All(), topics, items)
			if err != nil {
				return err
			}
			models, err := askedModels(of, base, args)
			if err != nil {
				return err
			}
			if dryRun {
				if err := timeRates(cmd, of, models); err != nil {
					return err
				}
				return printRatesPlan(cmd.OutOrStdout(), of, models, asJSON)
			}
			r, err := rate(cmd, of, models)
			if err != nil {
				return err
			}
			if err := keepRates(r, base.Out); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), r)
			}
			return printRates(cmd.OutOrStdout(), r)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.IntVar(&items, "items", 0, "how many facts to ask, in sets of three (default: all)")
	f.StringSliceVar(&topics, "topic", nil, "topics of facts (repeatable; default: all)")
	f.BoolVar(&dryRun, "dry-run", false, "print what would be asked, about how long it takes, and what so many facts can show; write nothing")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	settings = addKeyFlags(f)
	f.Var(setFlag{settings}, "set", "set any key of the spec (repeatable)")
	return cmd
}

// askedModels are the models with their runs. Two of one name are refused, and so is what
// would change what is sampled.
func askedModels(of []facts.Fact, base capture.Spec, names []string) (out []asked, err error) {
	bases, err := modelFolders(base, names)
	if err != nil {
		return nil, err
	}
	for _, base := range bases {
		a := asked{name: filepath.Base(base.Out), base: base}
		path, err := capture.SpecModel(&a.base)
		if err != nil {
			return nil, err
		}
		if a.about, err = facts.AboutModel(path); err != nil {
			return nil, fmt.Errorf("%s: %w", base.Model, err)
		}
		switch template := a.base.Chat.Template; {
		case template == "none":
			a.about.Plain = true
		case template != "auto":
			a.about.Plain = false
		}
		if a.runs, err = facts.Runs(of, a.base, a.base.Out, a.about); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// rate makes the runs that are not there, and rates every model.
func rate(cmd *cobra.Command, of []facts.Fact, models []asked) (*rates.Report, error) {
	r := &rates.Report{Program: version, Facts: facts.SHA256(), Items: len(of), Topics: facts.Topics(of)}
	for _, a := range models {
		study := facts.Study(a.about)
		if err := declare(cmd.Context(), &a.base, study, a.runs, uint64(a.base.Generate.Seed)); err != nil {
			return nil, err
		}
		for i, run := range a.runs {
			say(cmd.ErrOrStderr(), "capture: %s, run %d of %d: %s\n", a.name, i+1, len(a.runs), run.Name)
			if err := runOnce(cmd.Context(), run); err != nil {
				return nil, fmt.Errorf("%s: %w", a.base.Model, err)
			}
		}
		m, err := rated(cmd.Context(), of, a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.base.Out, err)
		}
		r.Models = append(r.Models, *m)
	}
	r.Finish()
	return r, nil
}

// rated reads the runs of a model.
func rated(ctx context.Context, of []facts.Fact, a asked) (*rates.Model, error) {
	m := &rates.Model{Name: a.name, Family: a.about.Family, Parameters: a.about.Parameters, Asked: a.about.Asked()}
	samples := map[string][]rundir.Sample{}
	var pressure *rundir.Run
	for _, run := range a.runs {
		there, err := rundir.OpenRecorded(run.Spec.Out)
		if err != nil {
			return nil, err
		}
		if samples[run.Name], err = there.Samples(); err != nil {
			return nil, err
		}
		if run.Name == facts.Pressure {
			pressure = there
		}
		m.File, m.SHA256 = there.Manifest.Model.File, there.Manifest.Model.SHA256
	}
	items, err := facts.Items(of, samples)
	if err != nil {
		return nil, err
	}
	if err := m.Fill(items); err != nil {
		return nil, err
	}
	m.SamePrompt, m.NotRead, err = facts.SamePrompt(ctx, of, items, pressure, samples[facts.Pressure], tool())
	return m, err
}

// timeRates runs some prompts of each model in a folder that is removed, to say how long all
// of them would take.
func timeRates(cmd *cobra.Command, of []facts.Fact, models []asked) error {
	temp, err := os.MkdirTemp("", "capture-rates-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	for i := range models {
		a := &models[i]
		runs, err := facts.Runs(of, a.base, filepath.Join(temp, a.name), a.about)
		if err != nil {
			return err
		}
		tokens := 0
		for _, r := range runs {
			planned, err := planRun(cmd, r, a.base.Model)
			if err != nil {
				return fmt.Errorf("%s: %w", a.base.Model, err)
			}
			tokens += planned.Tokens
		}
		pace, err := timeRun(cmd, runs[0])
		if err != nil {
			return fmt.Errorf("%s: %w", a.base.Model, err)
		}
		a.seconds = pace.of(len(runs), tokens)
	}
	return nil
}
