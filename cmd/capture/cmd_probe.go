package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"intentprobe/capture/hint"
	"intentprobe/capture/page"
	"intentprobe/capture/probe"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/report"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

func probeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Fit probes to runs, hold them against chance and baselines, and say what they show",
		Long: `Probes are directions whose scores tell two classes of samples apart. These commands fit
them to the rows of runs, measure them on samples that were held out, beside what text,
likelihood and prompt tell by themselves, and say in words what that shows (docs/verdict.md).
No model runs. docs/probes.md has every method and figure with its source.
` + exitHelp,
	}
	cmd.AddCommand(probeTrainCommand(), probeSweepCommand(), probeEvalCommand(), probeTransferCommand(), probeEraseCommand(), probeShowCommand())
	return cmd
}

// classFlags say which samples are of which class, and which of their rows are used.
type classFlags struct {
	opt    data.Options
	score  string
	points []string
}

func (c *classFlags) add(cmd *cobra.Command, needed bool) {
	f := cmd.Flags()
	f.StringVar(&c.opt.Label, "label", "", "label table, column of samples, or key of the rows that has the classes")
	f.StringVar(&c.opt.Positive, "positive", "", "its value for the positive class")
	f.StringVar(&c.opt.Negative, "negative", "", "its value for the negative class")
	f.StringArrayVar(&c.opt.Where, "where", nil, "use only samples with `KEY=VALUE`, a label table, a column or a key of the row (repeatable; all must be true)")
	f.Var(namesFlag(&c.opt.Group), "group", "columns or keys that make a group: samples that share one are never on two sides of a split (default: question, and template where the rows have it)")
	cmd.RegisterFlagCompletionFunc("label", completeLabelNames)
	if needed {
		for _, name := range []string{"label", "positive", "negative"} {
			cmd.MarkFlagRequired(name)
		}
	}
}

// addRows adds the flags that say which rows are used.
func (c *classFlags) addRows(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Var(hooksFlag(&c.points), "points", "points: names, globs or short forms as in capture run; repeatable (default: all that are as wide as the model)")
	f.StringArrayVar(&c.opt.Tokens, "tokens", nil, "tokens whose rows are used, an expression as in capture.tokens; given again, another rule to choose from (default: all that the run has)")
	f.StringVar(&c.opt.Rows, "rows", data.RowsSample, "what a row is: "+strings.Join(data.RowKinds, ", "))
	f.StringVar(&c.opt.Side, "side", "", "for ccs: `KEY` whose two values tell the halves of a pair apart, a statement and its negation (pairs are those of the column pair)")
	f.StringVar(&c.opt.Pool, "pool", "mean", "one row a sample: how its tokens' rows become it: mean, last, max")
	f.StringVar(&c.score, "score", "mean", "one row a token: how the scores become the sample's: mean, max, last, first:K or first:K:AFTER")
	cmd.RegisterFlagCompletionFunc("pool", cobra.FixedCompletions([]string{"mean", "last", "max"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RegisterFlagCompletionFunc("rows", cobra.FixedCompletions(data.RowKinds, cobra.ShellCompDirectiveNoFileComp))
}

// options reads what the flags say of runs.
func (c *classFlags) options(runs []string) (data.Options, error) {
	var err error
	if c.opt.Points, err = runPoints(runs[0], c.points); err != nil {
		return c.opt, err
	}
	if c.score != "" {
		if c.opt.Score, err = probe.ParsePooling(c.score); err != nil {
			return c.opt, err
		}
	}
	return c.opt, nil
}

// checkRuns refuses paths that are no runs, and notes those that are not finished.
func checkRuns(cmd *cobra.Command, runs []string) error {
	for _, dir := range runs {
		if err := checkRun(dir); err != nil {
			return err
		}
		noteUnfinished(cmd, dir)
	}
	return nil
}

// probeError says what to do about errors that name a run.
func probeError(err error, runs []string) error {
	for _, dir := range runs {
		if _, e := rundir.OpenRecorded(dir); e != nil {
			return runError(e, dir)
		}
	}
	return err
}

// reportFlags say where a report goes.
type reportFlags struct {
	page, scores string
	overwrite    bool
	asJSON       bool
}

func (r *reportFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.scores, "scores", "", "write the scores of all samples: `FILE.arrow`")
	r.addPage(cmd)
}

// addPage is add for reports that have no score of each sample.
func (r *reportFlags) addPage(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.page, "report", "", "write a page for a browser: `FILE.html`, which needs no network")
	f.BoolVar(&r.overwrite, "overwrite", false, "replace files that are there")
	f.BoolVar(&r.asJSON, "json", false, "print as JSON")
}

// check refuses files that cannot or may not be written.
func (r *reportFlags) check() error {
	for _, file := range []struct{ flag, path, end string }{{"--report", r.page, ".html"}, {"--scores", r.scores, ".arrow"}} {
		if file.path == "" {
			continue
		}
		if !strings.HasSuffix(strings.ToLower(file.path), file.end) {
			return hint.Usage(fmt.Errorf("%s: %s does not end in %s, which is what is written", file.flag, file.path, file.end), "name a file that does")
		}
		if err := checkNew(file.path, file.flag, r.overwrite); err != nil {
			return err
		}
	}
	return nil
}

// write writes and prints a report.
func (r *reportFlags) write(cmd *cobra.Command, of *report.Report) error {
	of.Program = version
	if r.page != "" {
		if err := writePage(r.page, func(w io.Writer) error { return page.Write(w, of) }); err != nil {
			return err
		}
	}
	if r.scores != "" {
		if err := of.WriteRows(disk.OS{}, r.scores); err != nil {
			return err
		}
	}
	if r.asJSON {
		return printJSON(cmd.OutOrStdout(), of)
	}
	return printProbe(cmd.OutOrStdout(), of)
}

// writePage writes a page, whole or not at all.
func writePage(path string, write func(io.Writer) error) error {
	p, err := disk.CreatePart(disk.OS{}, path, disk.PartSuffix)
	if err != nil {
		return err
	}
	if err := write(p); err != nil {
		p.Discard()
		return err
	}
	_, err = p.Commit()
	return err
}

// patience is how long a command is silent where standard error is no terminal.
const patience = 5 * time.Second

// probeNotes says what is going on: on a terminal at once, elsewhere of what takes long; and
// again every so often while it goes on.
func probeNotes(cmd *cobra.Command) func(string) {
	w := cmd.ErrOrStderr()
	begun, quiet := time.Now(), patience
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		quiet = 0
	}
	var stop chan struct{}
	return func(text string) {
		if stop != nil {
			close(stop)
		}
		if time.Since(begun) >= quiet {
			say(w, "capture: %s\n", text)
		}
		stop = make(chan struct{})
		go remind(w, text, plainEvery, stop)
	}
}

// remind says every so often that something goes on, until it is stopped.
func remind(w io.Writer, what string, every time.Duration, stop <-chan struct{}) {
	since, tick := time.Now(), time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			say(w, "capture: %s, for %.0f s\n", what, time.Since(since).Seconds())
		}
	}
}
