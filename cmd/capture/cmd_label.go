package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"intentprobe/capture"
	"intentprobe/capture/label"
	"intentprobe/capture/prompt"
)

// labelFlags are what `capture label` is told.
type labelFlags struct {
	opt       label.Options
	rule      label.Rule
	file      label.File
	judge     label.Judge
	model     capture.TemporaryRun // that the judge is
	values    []string
	normalise bool
	asJSON    bool
}

func labelCommand() *cobra.Command {
	var flags labelFlags
	cmd := &cobra.Command{
		Use:   "label RUN [--name NAME (--rule RULE | --from FILE | --judge MODEL)]",
		Short: "Label a run's samples in a separate table; without a source, list the tables",
		Long: `Label the samples of a run: by a rule that compares responses with the answers of
the data set, by a file, or by asking a local model. The run is not changed and no
label is ever replaced: each labelling is a separate file in the run's folder,
labels-NAME-VERSION.arrow, and labelling again under the same name writes the next
version. The value "ambiguous" is always allowed. docs/labels.md explains every rule,
and how to join labels with activations.

  --rule contains|equals|starts  compares the response with the text, or any of the
                                 texts, under --answer KEY of the row
  --rule regex --regex RE        tries a regular expression on the response
  --rule knowledge               says what the model knows, by its neutral answers
  --from FILE                    reads a .csv, .tsv or .jsonl file: sample_id (or
                                 prompt_id and sample), value, confidence, note
  --judge MODEL --ask TEXT       asks a model; {response}, {prompt} and keys of the row
                                 are filled in, @FILE reads the text from a file
` + exitHelp,
		Example: `  capture label runs/facts --name truth --rule contains --answer answer
  capture label runs/facts --name truth --from corrected.csv
  capture label runs/facts --name judged --judge smollm2-135m-instruct \
      --ask "The answer is {answer}. Somebody says: {response} Is that right?" --values yes,no
  capture label runs/facts`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkRun(args[0]); err != nil {
				return err
			}
			flags.opt.Tool = tool()
			made, err := flags.make(cmd, args[0])
			if err != nil {
				return err
			}
			if flags.asJSON {
				return printJSON(cmd.OutOrStdout(), made)
			}
			return printLabelled(cmd.OutOrStdout(), made)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&flags.opt.Name, "name", "", "name of the table: a-z, 0-9, _ and - (default for --rule knowledge: knowledge)")
	f.StringVar(&flags.rule.Kind, "rule", "", "label by a rule: "+strings.Join(label.Rules, ", ")+", knowledge")
	f.StringVar(&flags.rule.Answer, "answer", "answer", "key of the row that has the right answer, a text or a list of texts")
	f.StringVar(&flags.rule.Wrong, "wrong", "", "key of the row that has wrong answers: a response with a right and a wrong one is ambiguous")
	f.StringVar(&flags.rule.Regex, "regex", "", "regular expression for --rule regex, in Go's (RE2) syntax")
	f.StringVar(&flags.rule.True, "true", "correct", "value of a response that matches")
	f.StringVar(&flags.rule.False, "false", "incorrect", "value of a response that does not match")
	f.BoolVar(&flags.normalise, "normalise", true, "compare without case, punctuation and articles")
	f.StringVar(&flags.file.Path, "from", "", "label by a .csv, .tsv or .jsonl file")
	f.Var(namesFlag(&flags.values), "values", "values that are allowed (--from) or may be answered (--judge), separated by commas")
	f.StringVar(&flags.model.Model, "judge", "", "label by the answers of a model: a GGUF file, or a name that capture models shows")
	f.StringVar(&flags.judge.Ask, "ask", "", "question to the judge, a text or @FILE")
	f.IntVar(&flags.model.MaxTokens, "max-tokens", 16, "longest answer of the judge, in tokens")
	f.StringVar(&flags.model.Template, "chat", "auto", "chat template of the judge: auto (the model's), none (raw text), or a file")
	f.StringVar(&flags.model.TemplateName, "template-name", "", "one of the judge's named chat templates")
	f.StringArrayVar(&flags.opt.Where, "where", nil, "label only samples with `KEY=VALUE`, a label table, a column or a key of the row (repeatable; all must be true)")
	f.BoolVar(&flags.asJSON, "json", false, "print as JSON")
	cmd.ValidArgsFunction = completeRuns
	cmd.RegisterFlagCompletionFunc("name", completeLabelNames)
	cmd.RegisterFlagCompletionFunc("judge", completeModels)
	cmd.RegisterFlagCompletionFunc("rule", cobra.FixedCompletions(append(slices.Clone(label.Rules), "knowledge"), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// labelUses are the flags that each source of labels reads.
var labelUses = map[string][]string{
	"rule":  {"answer", "wrong", "regex", "true", "false", "normalise", "where"},
	"from":  {"values"},
	"judge": {"ask", "values", "max-tokens", "chat", "template-name", "where"},
}

// make labels by the source that was chosen; without one it lists what is there.
func (l *labelFlags) make(cmd *cobra.Command, dir string) ([]*label.Summary, error) {
	changed := cmd.Flags().Changed
	var sources []string
	for _, name := range slices.Sorted(maps.Keys(labelUses)) {
		if changed(name) {
			sources = append(sources, name)
		}
	}
	switch {
	case len(sources) > 1:
		return nil, &usageError{fmt.Errorf("--%s at once", strings.Join(sources, " and --")), "a table has one source; label twice"}
	case len(sources) == 0 && changed("name"):
		return nil, &usageError{errors.New("no source of labels"), "add --rule, --from or --judge; without --name the tables are listed"}
	}
	for _, name := range slices.Sorted(maps.Keys(labelUses)) {
		for _, flag := range labelUses[name] {
			if changed(flag) && (len(sources) == 0 || !slices.Contains(labelUses[sources[0]], flag)) {
				return nil, &usageError{fmt.Errorf("--%s is of no use here", flag), "`capture label --help` says which flags go with --rule, --from and --judge"}
			}
		}
	}
	if len(sources) == 0 {
		return label.List(dir)
	}
	noteUnfinished(cmd, dir)
	made, err := l.from(cmd, sources[0], dir)
	if err != nil {
		return nil, err
	}
	return []*label.Summary{made}, nil
}

func (l *labelFlags) from(cmd *cobra.Command, source, dir string) (*label.Summary, error) {
	switch {
	case source == "from":
		l.file.Values = l.values
		return label.FromFile(dir, l.file, l.opt)
	case source == "judge":
		var err error
		if l.judge.Ask, err = label.ReadQuestion(l.judge.Ask); err != nil {
			return nil, err
		}
		l.judge.Values, l.model.Options = l.values, around()
		warnOfVariables(cmd)
		if l.model.Threads, err = threadsOr(0); err != nil {
			return nil, err
		}
		bar := newProgress(cmd.ErrOrStderr())
		defer bar.finish()
		l.model.Tool, l.model.Progress = l.opt.Tool, bar.update
		l.model.Found = func(found []prompt.Finding) { warnOfModel(cmd.ErrOrStderr(), l.model.Model, found) }
		l.judge.Generate = l.model.Generate
		return label.ByJudge(cmd.Context(), dir, l.judge, l.opt)
	case l.rule.Kind == "knowledge":
		return label.ByKnowledge(dir, l.rule.Answer, l.opt)
	}
	l.rule.Exact = !l.normalise
	return label.ByRule(dir, l.rule, l.opt)
}

// printLabelled prints label tables, one a line.
func printLabelled(w io.Writer, tables []*label.Summary) error {
	if len(tables) == 0 {
		say(w, "no label tables; `capture label --help` says how to make one\n")
		return nil
	}
	var rows [][]string
	for _, t := range tables {
		var counts []string
		for _, value := range slices.Sorted(maps.Keys(t.Counts)) {
			counts = append(counts, fmt.Sprintf("%s %d", value, t.Counts[value]))
		}
		rows = append(rows, []string{t.Name, fmt.Sprint(t.Version), t.Source, t.Time.Local().Format(time.DateTime), fmt.Sprint(t.Labels), shorten(strings.Join(counts, ", "), 120)})
	}
	return printTable(w, []string{"name", "version", "source", "time", "labels", "values"}, rows)
}
