package probe

import (
	"fmt"
	"strings"

	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/report"
)

// taskOf says what is told apart in the rows of a set.
func taskOf(set *data.Set, opt *Options) report.Task {
	m := set.Runs[0].Manifest
	out := report.Task{
		Model: m.Model.File, Layers: m.Model.Layers, Width: m.Model.Width, Label: set.Runs[0].Label,
		Positive: report.Class{Name: set.Positive, Groups: set.Groups.Positive},
		Negative: report.Class{Name: set.Negative, Groups: set.Groups.Negative},
		Mixed:    set.Groups.Both, Rows: rowsText(&opt.Data), Groups: "question",
		Seed: opt.Seed, Level: opt.Level,
	}
	if len(opt.Data.Group) > 0 {
		out.Groups = strings.Join(opt.Data.Group, ", ")
	}
	for _, r := range set.Runs {
		out.Runs = append(out.Runs, report.Run{Name: r.Name, ID: r.Manifest.RunID()})
	}
	n := set.Of()
	out.Negative.Samples, out.Positive.Samples = n[0], n[1]
	for _, rule := range set.Rules {
		out.Tokens = append(out.Tokens, rule.Tokens)
		out.Negative.Without = max(out.Negative.Without, int(rule.Without[0]))
		out.Positive.Without = max(out.Positive.Without, int(rule.Without[1]))
	}
	return out
}

// rowsText says what a row is.
func rowsText(opt *data.Options) string {
	if opt.Rows == data.RowsToken {
		pooling := opt.Score
		if pooling.Kind == "" {
			pooling.Kind = "mean"
		}
		return fmt.Sprintf("one a token, scores pooled by %s", PoolingText(pooling))
	}
	pool := opt.Pool
	if pool == "" {
		pool = "mean"
	}
	return fmt.Sprintf("one a sample, %s", pool)
}
