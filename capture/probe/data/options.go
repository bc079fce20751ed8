package data

import (
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/metric"
	"intentprobe/capture/rows"
)

// What a row of a space is.
const (
	RowsSample = "sample" // the pooled rows of a sample
	RowsToken  = "token"  // a token's, whose scores are pooled
)

// RowKinds lists them.
var RowKinds = []string{RowsSample, RowsToken}

// Options say what a set is made of. The zero value of a field is its default.
type Options struct {
	Label              string   // label table, NAME or NAME@VERSION; or a column of samples, or a key of the row
	Positive, Negative string   // its values
	Where              []string // KEY=VALUE: conditions on samples, all of which hold

	// Control says that the runs are of honest samples alone: each is negative, whether it
	// has a label or not. Runs that contain the positive class are refused.
	Control bool

	// Followups says that follow-ups are samples beside the answers that they ask about. A
	// follow-up that has no label has that of its answer.
	Followups bool

	// Group are the keys by which samples are grouped: those that share a value of any, or
	// share one with a sample of the group, are of one group. By default it is the question,
	// else the pair, else the prompt_id, and template where rows have that key. Samples of
	// one text are always of one group.
	Group []string

	// IgnoreSplit says that the splits of the runs are not used, so that a group may lie in
	// several.
	IgnoreSplit bool

	// Side is a key with two values, which tell the halves of a pair apart (a statement and
	// its negation), for CCS: samples are paired by the column pair and the number of the
	// sample, and rows of a pair are next to each other. Without it there are no pairs.
	Side string

	Points []string       // none: all of the runs that are as wide as the model
	Tokens []string       // token rules, expressions of capture.tokens; none: all rows that the runs have
	Rows   string         // RowsSample or RowsToken; RowsSample
	Pool   string         // of RowsSample: mean, last or max; mean
	Score  metric.Pooling // of RowsToken: how the scores of a sample's tokens become the sample's; mean
}

// check fills in defaults, and refuses options that mean nothing.
func (o *Options) check() error {
	if o.Rows == "" {
		o.Rows = RowsSample
	}
	if o.Pool == "" {
		o.Pool = rows.PoolMean
	}
	if o.Score.Kind == "" {
		o.Score.Kind = metric.PoolMean
	}
	if len(o.Tokens) == 0 {
		o.Tokens = []string{""}
	}
	twice := func(of []string) bool { return len(slices.Compact(slices.Sorted(slices.Values(of)))) < len(of) }
	switch {
	case o.Rows != RowsSample && o.Rows != RowsToken:
		return hint.Usage(fmt.Errorf("rows cannot be one a %q", o.Rows), "use one a sample, or one a token")
	case o.Rows == RowsSample && o.Pool == rows.PoolNone:
		return hint.Usage(fmt.Errorf("one row a sample, without pooling"), "pool by mean, last or max, or use one row a token")
	case o.Side != "" && o.Rows != RowsSample:
		return hint.Usage(fmt.Errorf("pairs of one row a token"), "pairs have one row a sample")
	case o.Control:
	case o.Label == "" || o.Positive == "" || o.Negative == "":
		return hint.Usage(fmt.Errorf("there is no label, or no value of it"), "say which label, and which of its values are the two classes")
	case o.Positive == o.Negative:
		return hint.Usage(fmt.Errorf("both classes are %q", o.Positive), "give two values of the label")
	}
	if twice(o.Tokens) || twice(o.Points) {
		return hint.Usage(fmt.Errorf("a point or a token rule is given twice"), "give each once")
	}
	for _, t := range o.Tokens {
		if _, err := rows.ParseTokens(t); err != nil {
			return err
		}
	}
	if err := rows.CheckPool(o.Pool); err != nil {
		return err
	}
	if err := o.Score.Check(); err != nil {
		return err
	}
	return nil
}

func (o *Options) classes() *rows.Classes {
	return &rows.Classes{Label: o.Label, Positive: o.Positive, Negative: o.Negative, Where: o.Where, Followups: o.Followups}
}

// pool is how the rows of a sample become one.
func (o *Options) pool() string {
	if o.Rows == RowsToken {
		return rows.PoolNone
	}
	return o.Pool
}
