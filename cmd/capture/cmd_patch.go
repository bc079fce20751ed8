package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"intentprobe/capture"
	"intentprobe/capture/patch"
	"intentprobe/capture/spec"
	"intentprobe/storage/disk"
	"intentprobe/storage/plural"
)

func patchCommand() *cobra.Command {
	var (
		settings                  spec.Layer
		sweep                     patch.Sweep
		alternatives, file        string
		overwrite, dryRun, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "patch {SPEC.yaml | RUN}",
		Short: "Swap each layer and position with the other half of the pair, and map the effects",
		Long: `Activation patching: for each hook point and each position of the prompt, swap that one
row with the row of the pair's other half, and see how far the alternatives follow. All
of that is one run, with an arm for each point and position (docs/interventions.md); the
effects are printed, and with --map written as a map.

The spec has pairs and alternatives, and no interventions. Given a run that this command
made, it maps it again. Positions are counted from the end of the prompt, and begin with
the first at which a pair differs. Where the spec leaves open what is captured, only the
last block's output at the prompt's last token is: what counts are the alternatives.

The effect of a point and position is 0 where the answer stays, and 1 where it becomes
that of the other half: the change of log p(first option) - log p(the others), divided by
the difference between the two halves.
` + exitHelp,
		Example: `  capture patch ioi.yaml --out runs/ioi --map ioi.svg
  capture patch ioi.yaml --at attn_out:10-20,mlp_out:10-20 --last 4 --out runs/parts
  capture patch runs/ioi --map ioi.arrow`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, labels := args[0], map[int]string(nil)
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				base, err := readSettings(args[0], settings)
				if err == nil {
					err = checkMap(file, base.Out, overwrite)
				}
				if err != nil {
					return err
				}
				if dir, labels, err = runSweep(cmd, base, sweep, dryRun, overwrite, asJSON); err != nil || dryRun {
					return err
				}
			} else if err := cmp.Or(checkRun(dir), checkMapsAgain(cmd, dir), checkMap(file, dir, overwrite)); err != nil {
				return err
			}
			noteUnfinished(cmd, dir)
			m, err := patch.Of(dir, alternatives)
			if err != nil {
				return err
			}
			if file != "" {
				if err := m.Write(disk.OS{}, file, labels); err != nil {
					return err
				}
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), m)
			}
			if err := printMap(cmd.OutOrStdout(), m, labels); err != nil {
				return err
			}
			if file != "" {
				say(cmd.OutOrStdout(), "wrote %s\n", file)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.Var(hooksFlag(&sweep.At), "at", "hook points that are swapped, as in --hooks (default resid_post)")
	f.IntVar(&sweep.Last, "last", 0, "positions: the last `N` tokens of the prompt (default: from the first that differs)")
	f.Var(namesFlag(&sweep.Spans), "span", "swap whole spans of these names instead of single positions")
	f.StringVar(&sweep.Align, "align", "token", "which rows belong together: token, or from_end for pairs of unequal length")
	f.StringVar(&alternatives, "alternatives", "", "alternatives by which effects are measured, by their name (default: the only ones)")
	f.StringVar(&file, "map", "", "write the map: `FILE.svg`, a picture, or FILE.arrow, a row for each point and position")
	f.BoolVar(&overwrite, "overwrite", false, "replace the run that is in the folder, and the file of --map")
	f.BoolVar(&dryRun, "dry-run", false, "print arms and samples; write nothing")
	f.BoolVar(&asJSON, "json", false, "print the map as JSON; with --dry-run one object a sample")
	settings = addKeyFlags(f)
	f.Var(setFlag{settings}, "set", "set any key of the spec (repeatable)")
	return cmd
}

// checkMap refuses a file that could not be written, or is there, before anything runs.
func checkMap(path, run string, overwrite bool) error {
	if path == "" {
		return nil
	}
	if err := patch.CheckPath(path, run); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && (!overwrite || info.IsDir()) {
		return &usageError{fmt.Errorf("%s is there already", path), "name another file, or add --overwrite"}
	}
	return nil
}

// checkMapsAgain refuses flags that say something about a run to come, where a finished run is
// mapped again.
func checkMapsAgain(cmd *cobra.Command, run string) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && !slices.Contains([]string{"alternatives", "map", "overwrite", "json"}, f.Name) {
			err = &usageError{fmt.Errorf("--%s belongs to a spec, and %s is a run: it is mapped as it is", f.Name, run), "leave --" + f.Name + " out, or name the spec"}
		}
	})
	return err
}

// runSweep plans the sweep, runs it, and gives the folder of the run and the texts of the
// tokens at its positions. Where the map is printed as JSON, words about the run go to
// standard error.
func runSweep(cmd *cobra.Command, base capture.Spec, sweep patch.Sweep, dryRun, overwrite, asJSON bool) (dir string, labels map[int]string, err error) {
	if base.Out == "" && !dryRun {
		return "", nil, &usageError{errors.New("no output folder"), "add --out DIR, or `out:` to the spec"}
	}
	if !dryRun {
		if err := capture.CheckOut(base.Out, overwrite); err != nil {
			return "", nil, err
		}
	}
	s, err := capture.Open(cmd.Context(), base, around())
	if err != nil {
		return "", nil, err
	}
	defer s.Close()
	swept, err := sweep.Plan(base, s.Prepared, s.Offer)
	if err != nil {
		return "", nil, err
	}
	labels = patch.Labels(s.Prepared)
	if err := s.Replan(cmd.Context(), swept); err != nil {
		return "", nil, err
	}
	warnOfModel(cmd.ErrOrStderr(), s.Spec.Model, s.Findings)
	noteArms(cmd, s)
	if dryRun {
		return "", nil, printPlan(cmd, s, asJSON)
	}
	warn(cmd, s)
	begun(swept.Out)
	opt := capture.RunOptions{Tool: tool(), Overwrite: overwrite}
	out := cmd.OutOrStdout()
	if asJSON {
		out = cmd.ErrOrStderr()
	}
	err = showRunOn(cmd, out, false, func(progress func(capture.Progress)) (*capture.Result, error) {
		opt.Progress = progress
		return s.Run(cmd.Context(), opt)
	})
	return swept.Out, labels, err
}

// mostCells is how many points and positions are printed.
const mostCells = 20

// printMap prints the largest effects.
func printMap(w io.Writer, m *patch.Map, labels map[int]string) error {
	cells := slices.DeleteFunc(slices.Clone(m.Cells), func(c patch.Cell) bool { return c.Effect == nil })
	slices.SortStableFunc(cells, func(a, b patch.Cell) int { return cmp.Compare(math.Abs(*b.Effect), math.Abs(*a.Effect)) })
	var rows [][]string
	for _, c := range cells[:min(mostCells, len(cells))] {
		token := labels[patch.FromEnd(c.Position)]
		if token != "" {
			token = fmt.Sprintf("%q", token)
		}
		rows = append(rows, []string{c.Point, c.Position, token, fmt.Sprintf("%+.3f", *c.Effect), fmt.Sprintf("%+.3g", *c.Change), fmt.Sprint(c.Samples)})
	}
	say(w, "%d points, %d positions, %d samples; the halves of a pair are %.3g nats apart\n\n", len(m.Points), len(m.Positions), m.Pairs, m.Gap)
	if err := printTable(w, []string{"point", "position", "token", "effect", "nats", "samples"}, rows); err != nil {
		return err
	}
	if n := len(cells) - len(rows); n > 0 {
		say(w, "and %d with smaller effects\n", n)
	}
	if n := len(m.Cells) - len(cells); n > 0 {
		say(w, "%d of %d without an effect: no sample was swapped there, or the halves are less than %v nats apart\n", n, len(m.Cells), patch.SmallestGap)
	}
	if m.Alike > 0 {
		say(w, "note: %d of %s less than %v nats from the other half: little can be seen in them\n", m.Alike, plural.Count(m.Pairs, "sample"), patch.SmallestGap)
	}
	return nil
}
