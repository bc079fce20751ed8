package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/spec"
	"intentprobe/models/gguf"
	"intentprobe/models/phantom/intents"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

func intentCommand() *cobra.Command {
	var (
		settings           spec.Layer
		size               = intent.Shipped()
		outcome, subspaces string
		asJSON             bool
	)
	cmd := &cobra.Command{
		Use:   "intent [SPEC.yaml]",
		Short: "Climb the ladder of evidence of intent with a model, and say how far it holds",
		Long: `Ask a model what docs/intent.md declares, under every arm, look into its states and swap
them, and say by written rules what that is evidence of. All of it is ordinary runs in the
output folder, which are continued where they were stopped.
` + exitHelp,
		Example: `  capture intent --model phantom:reflex --out reflex`,
		Args:    arguments(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := ""
			if len(args) == 1 {
				path = args[0]
			}
			base, err := readSettings(path, settings)
			if err != nil {
				return err
			}
			dir := base.Out
			if dir == "" {
				return &usageError{errors.New("no output folder"), "add --out DIR"}
			}
			if subspaces != "" {
				if subspaces, err = filepath.Abs(subspaces); err != nil {
					return err
				}
			}
			study, err := intent.Phantoms(outcome, size, subspaces)
			if err != nil {
				return err
			}
			runs, err := study.Runs(base, dir)
			if err != nil {
				return err
			}
			for _, r := range runs {
				if r.RandomWeights {
					if err := writeRandomWeights(base.Model, r.Spec.Model, size.Seed); err != nil {
						return err
					}
				}
				if err := runOnce(cmd, r); err != nil {
					return err
				}
			}
			l, err := intent.Judge(cmd.Context(), study, dir, ladder.Control{Outcome: ladder.Pass, Note: "not run"})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), l)
			}
			return printLadder(cmd.OutOrStdout(), study, l)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&outcome, "outcome", intents.Outcomes[0], "what is intended, of the phantoms' world: listener, bell")
	f.StringVar(&subspaces, "subspaces", "", "direction file with the variable that foresees the outcome")
	f.IntVar(&size.Families, "families", size.Families, "families of scenarios")
	f.IntVar(&size.HeldOut, "held-out", size.HeldOut, "families on which nothing is chosen")
	f.IntVar(&size.Wordings, "wordings", size.Wordings, "wordings of each family")
	f.Uint64Var(&size.Seed, "prompts-seed", size.Seed, "seed of the prompts")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	settings = addKeyFlags(f)
	f.Var(setFlag{settings}, "set", "set any key of the spec (repeatable)")
	return cmd
}

// runOnce makes a run unless it is there; what was begun is gone on with.
func runOnce(cmd *cobra.Command, r intent.Run) error {
	data := r.Spec.Prompts.File
	if err := os.MkdirAll(filepath.Dir(data), 0o777); err != nil {
		return err
	}
	if there, err := os.ReadFile(data); err == nil && string(there) != string(r.Rows) {
		return &usageError{fmt.Errorf("%s was asked other questions: %s is not what would be asked now", r.Spec.Out, data), "name another folder with --out"}
	} else if err != nil {
		if err := disk.WriteWhole(disk.OS{}, data, r.Rows); err != nil {
			return err
		}
	}
	if run, err := rundir.OpenRecorded(r.Spec.Out); err == nil {
		if run.Manifest.Finished() {
			return nil
		}
		again, err := capture.Reopen(cmd.Context(), r.Spec.Out, capture.ReopenOptions{})
		if err != nil {
			return err
		}
		defer again.Close()
		_, err = again.Resume(cmd.Context(), false, nil)
		return err
	}
	s, err := capture.Open(cmd.Context(), r.Spec, around())
	if err != nil {
		return err
	}
	defer s.Close()
	say(cmd.ErrOrStderr(), "capture: %s\n", r.Name)
	_, err = s.Run(cmd.Context(), capture.RunOptions{Tool: tool()})
	return err
}

// writeRandomWeights writes the model with random weights to a file, unless it is there.
func writeRandomWeights(model, to string, seed uint64) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	path, err := capture.FindModel(model)
	if err != nil {
		return err
	}
	in, err := disk.OpenPlain(path)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	p, err := disk.CreatePart(disk.OS{}, to, disk.PartSuffix)
	if err != nil {
		return err
	}
	if err := gguf.Shuffle(p, in, info.Size(), seed); err != nil {
		p.Discard()
		return fmt.Errorf("%s: %w", path, err)
	}
	_, err = p.Commit()
	return err
}

// printLadder prints the verdict first, then every rung.
func printLadder(w io.Writer, s *intent.Study, l *ladder.Ladder) error {
	v := l.Verdict
	say(w, "verdict: %s\n%s\n", v.Word, v.Because)
	sayList(w, "what would change it", v.Change)
	say(w, "\n%s, relative to: %s; goal: %s; %d families and %d held out\n", s.Outcome, s.Reference, s.Goal, l.Families, l.HeldOut)
	for _, r := range l.Rungs {
		say(w, "\n%d %s: %s%s\n", r.Number, r.Name, r.Outcome, noteText(r.Note))
		var rows [][]string
		for _, c := range r.Claims {
			rows = append(rows, []string{c.Name, c.Asks, fmt.Sprintf("%.3f", c.Value), fmt.Sprintf("[%.3f, %.3f]", c.Lower, c.Upper), fmt.Sprintf("%d %s", c.N, c.Unit), string(c.Outcome), c.Note})
		}
		if len(rows) > 0 {
			if err := printTable(w, []string{"claim", "asks", "value", "bounds", "n", "", ""}, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func noteText(note string) string {
	if note == "" {
		return ""
	}
	return " (" + note + ")"
}
