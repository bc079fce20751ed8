package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/intent"
	"intentprobe/storage/disk"
)

// intentPlan is what a ladder would run and could show.
type intentPlan struct {
	*intent.Declaration
	Same    *bool          `json:"same_as_in_out,omitempty"` // whether the output folder declares it already; nil: it declares nothing
	Planned []plannedRun   `json:"runs"`
	Seconds float64        `json:"estimated_seconds"`
	Timed   int            `json:"timed_tokens"` // that the estimate was measured on
	Reaches []intent.Reach `json:"reaches"`
}

// plannedRun is one of its runs.
type plannedRun struct {
	Name    string `json:"name"`
	Prompts int    `json:"prompts"`
	Arms    int    `json:"arms"` // none included
	Options int    `json:"options"`
	Samples int    `json:"samples"`
	Tokens  int    `json:"prompt_tokens"` // of all samples
}

// planEach prints the plan of the ladder of each model that was named, or of the one that is set.
func planEach(cmd *cobra.Command, flags *intentFlags, base capture.Spec, names []string, asJSON bool) error {
	bases := []capture.Spec{base}
	if len(names) > 0 {
		var err error
		if bases, err = modelFolders(base, names); err != nil {
			return err
		}
	}
	var plans []*intentPlan
	for i, base := range bases {
		of := *flags // a study completes them
		p, err := planIntent(cmd, &of, base)
		if err != nil {
			return err
		}
		if plans = append(plans, p); asJSON {
			continue
		}
		if len(names) > 0 {
			say(cmd.OutOrStdout(), "%smodel %s\n", strings.Repeat("\n", min(i, 1)), base.Model)
		}
		if err := printIntentPlan(cmd.OutOrStdout(), p); err != nil {
			return err
		}
	}
	switch {
	case asJSON && len(names) == 0:
		return printJSON(cmd.OutOrStdout(), plans[0])
	case asJSON:
		return printJSON(cmd.OutOrStdout(), plans)
	}
	return nil
}

// planIntent plans a ladder in a folder of its own, which is removed, and times a few of its
// prompts.
func planIntent(cmd *cobra.Command, flags *intentFlags, base capture.Spec) (*intentPlan, error) {
	out := base.Out
	temp, err := os.MkdirTemp("", "capture-intent-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	base.Out = temp
	study, err := flags.study(cmd, &base)
	if err != nil {
		return nil, err
	}
	runs, err := study.Runs(base, temp)
	if err != nil {
		return nil, err
	}
	p := &intentPlan{}
	if p.Declaration, err = declaration(cmd.Context(), &base, study, runs, flags.size.Seed); err != nil {
		return nil, err
	}
	if p.Same, err = declaredIn(out, p.SHA256); err != nil {
		return nil, err
	}
	tokens := 0
	for _, r := range runs {
		planned, err := planRun(cmd, r, base.Model)
		if err != nil {
			return nil, err
		}
		p.Planned = append(p.Planned, *planned)
		tokens += planned.Tokens
	}
	pace, err := timeRun(cmd, runs[0])
	if err != nil {
		return nil, err
	}
	p.Timed, p.Seconds = pace.tokens, pace.of(len(runs), tokens)
	p.Reaches = p.Declaration.Reaches()
	return p, nil
}

// declaredIn says whether a folder declares a plan; nil where it declares none.
func declaredIn(dir, sum string) (*bool, error) {
	if dir == "" {
		return nil, nil
	}
	there, err := intent.ReadDeclaration(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	same := there.SHA256 == sum
	return &same, nil
}

// planRun plans one run as `capture run --dry-run` does. A model with random weights has the
// tokens of the model itself.
func planRun(cmd *cobra.Command, r intent.Run, model string) (*plannedRun, error) {
	if err := r.Begin(disk.OS{}); err != nil {
		return nil, err
	}
	r.Spec.Model = model
	s, err := capture.Open(cmd.Context(), r.Spec, around())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	p := &plannedRun{Name: r.Name, Prompts: len(s.Prepared.Dataset.Rows), Arms: 1, Samples: len(s.Prepared.Jobs)}
	if arms := s.Prepared.Arms; arms != nil {
		p.Arms = len(arms.Arms)
	}
	for _, a := range r.Spec.Alternatives {
		p.Options += len(a.Options)
	}
	p.Tokens = promptTokens(s)
	return p, nil
}

// promptTokens are those of all samples of a session; beginnings that are shared count each time.
func promptTokens(s *capture.Session) (n int) {
	for i := range s.Prepared.Jobs {
		n += len(s.Prepared.Jobs[i].Tokens())
	}
	return n
}

// printIntentPlan prints what would be run, how long it would take, and what it could show.
func printIntentPlan(w io.Writer, p *intentPlan) error {
	say(w, "plan %s\n", p.SHA256)
	if p.Same != nil {
		say(w, "the output folder declares %s\n", map[bool]string{true: "this one", false: "another one, and will be refused"}[*p.Same])
	}
	s := p.Study
	say(w, "that %s; relative to an answer that %s; goal: %s\n\n", s.Outcome, s.Reference, s.Goal)
	var rows [][]string
	tokens := 0
	for _, r := range p.Planned {
		rows = append(rows, []string{r.Name, fmt.Sprint(r.Prompts), fmt.Sprint(r.Arms), fmt.Sprint(r.Options), fmt.Sprint(r.Samples), fmt.Sprint(r.Tokens)})
		tokens += r.Tokens
	}
	if err := printTable(w, []string{"run", "prompts", "arms", "options", "samples", "prompt tokens"}, rows); err != nil {
		return err
	}
	say(w, "\nestimated time: %s for %d tokens of prompts, from %d that were run now, with what else this machine was doing\n\n",
		durationText(p.Seconds), tokens, p.Timed)
	rows = nil
	for _, r := range p.Reaches {
		rows = append(rows, []string{rungsText(r.Rungs), r.Of, fmt.Sprintf("%s %g", r.Asks, r.Margin.Margin), fmt.Sprintf("%d %s", r.N, r.Unit), r.Says})
	}
	say(w, "what can be shown with this size, in 80 %% of studies, where families have a standard deviation of %v:\n\n", intent.Spreads)
	return printTable(w, []string{"rung", "claim", "asks", "n", ""}, rows)
}

// durationText is a time in seconds as "1m2.3s".
func durationText(seconds float64) string {
	return time.Duration(seconds * 1e9).Round(time.Second / 10).String()
}

// rungsText lists numbers of rungs: "2, 3".
func rungsText(rungs []int) string {
	out := make([]string, len(rungs))
	for i, n := range rungs {
		out[i] = fmt.Sprint(n)
	}
	return strings.Join(out, ", ")
}
