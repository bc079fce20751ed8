package effect

import (
	"fmt"
	"math"

	"intentprobe/capture/hint"
)

// Options say what is analysed. The zero value takes the only alternatives that the run
// has, all samples, and a level of 0.95.
type Options struct {
	Alternatives string   // name of the alternatives, or of the follow-up that has them; empty: the only ones
	Where        []string // KEY=VALUE, as label.Where has them: the samples that are compared
	Label        string   // for the NIE: a label table, NAME or NAME@VERSION, or a column or key of the rows
	Toward       string   // for the NIE: the value of Label whose samples are the target
	Text         string   // group or condition of the given responses whose perplexity is wanted
	Level        float64  // of intervals; 0: 0.95
	Margin       float64  // nats: a smaller change counts as none; 0: 0.5
}

// The defaults of Options.
const (
	DefaultLevel  = 0.95
	DefaultMargin = 0.5
)

// fill sets defaults, and refuses what cannot be.
func (o *Options) fill() error {
	if o.Level == 0 {
		o.Level = DefaultLevel
	}
	if o.Margin == 0 {
		o.Margin = DefaultMargin
	}
	switch {
	case !(o.Level > 0.5 && o.Level < 1):
		return hint.Usage(fmt.Errorf("a level of %v", o.Level), "give a share between 0.5 and 1, for example ", hint.Option("level"), " 0.95")
	case !(o.Margin > 0) || math.IsInf(o.Margin, 0):
		return hint.Usage(fmt.Errorf("a margin of %v", o.Margin), "give nats above 0, for example ", hint.Option("margin"), " 0.5")
	case o.Label != "" && o.Toward == "":
		return hint.Usage(fmt.Errorf("the label %q without the value that the arms should move to", o.Label), "add ", hint.Option("toward"), " VALUE")
	case o.Label == "" && o.Toward != "":
		return hint.Usage(fmt.Errorf("the value %q of no label", o.Toward), "add ", hint.Option("label"), " NAME")
	}
	return nil
}

// Limits are the numbers in the rules of the words.
type Limits struct {
	Alpha        float64 `json:"alpha"`         // 1 - level: of tests, after Holm for arms
	MinQuestions int     `json:"min_questions"` // fewer are not judged
	MinControls  int     `json:"min_controls"`  // of random directions: fewer cannot reach alpha
	Margin       float64 `json:"margin"`        // nats
	MassLeft     float64 `json:"mass_left"`     // share of none's mass below which an arm damages
	Perplexity   float64 `json:"perplexity"`    // ratio to none's above which an arm damages
}

// limits gives the numbers of the rules. MinControls is the least n with 1/(1+n) <= alpha.
func (o *Options) limits() Limits {
	alpha := 1 - o.Level
	return Limits{
		Alpha: alpha, MinQuestions: 10, MinControls: int(math.Ceil(1/alpha-1e-9)) - 1,
		Margin: o.Margin, MassLeft: 0.5, Perplexity: 1.25,
	}
}
