package probe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intentprobe/capture/hint"
	"intentprobe/capture/probe/data"
	"intentprobe/capture/probe/fit"
	"intentprobe/capture/probe/nested"
	"intentprobe/storage/plural"
)

// Where splits come from.
const (
	SplitAuto  = "auto"  // the run's, where it has train and test; else folds
	SplitRun   = "run"   // of the run
	SplitFolds = "folds" // by group
)

// Splits lists them.
var Splits = []string{SplitAuto, SplitRun, SplitFolds}

// Options say what is fitted to what, and how it is held against chance and baselines. The
// zero value of a field is its default.
type Options struct {
	Data data.Options

	How          []string     // methods; several are candidates. "components:5" has k components (5, 20); "logistic:0.1" has C (0.001, 0.01, 0.1, 1); LDA
	Split        string       // one of Splits
	Folds        int          // outer ones: 5
	Inner        int          // inner ones, in which points, tokens and methods are chosen: 4
	Permutations int          // 1000 where all methods have closed forms, else 100; -1: none
	Controls     []string     // runs in which nothing is of the positive class
	Untrained    string       // run of the same samples on an untrained model
	Seed         uint64       // of folds and permutations: 1
	Level        float64      // of intervals: 0.95
	Quick        bool         // without control tasks and code length
	Force        bool         // takes a probe of another model, template or adapters all the same
	Name         string       // of the probe in its file: its point
	Note         func(string) // is told what is going on; nil: nobody
}

func (o *Options) note(format string, of ...any) {
	if o.Note != nil {
		o.Note(fmt.Sprintf(format, of...))
	}
}

// defaults fills in.
func (o *Options) defaults() {
	if len(o.How) == 0 {
		o.How = []string{nested.LDA}
	}
	if o.Split == "" {
		o.Split = SplitAuto
	}
	if o.Folds == 0 {
		o.Folds = 5
	}
	if o.Inner == 0 {
		o.Inner = 4
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Level == 0 {
		o.Level = 0.95
	}
}

// check refuses what means nothing, and reads the methods. inner says whether there are folds
// inside the folds.
func (o *Options) check(inner bool) ([]nested.Method, error) {
	switch {
	case !slices.Contains(Splits, o.Split):
		return nil, hint.Usage(fmt.Errorf("there is no split %q", o.Split), "give ", hint.Option("split"), " one of "+strings.Join(Splits, ", "))
	case !inner && (o.Folds < 2 || o.Folds > fit.MostFolds):
		return nil, hint.Usage(fmt.Errorf("%s", plural.Count(o.Folds, "fold")), "take 2 to "+strconv.Itoa(fit.MostFolds)+" (", hint.Option("folds"), ")")
	case inner && (o.Folds < 2 || o.Inner < 2 || o.Folds*o.Inner > fit.MostFolds):
		return nil, hint.Usage(fmt.Errorf("%s with %s", plural.Count(o.Folds, "fold"), plural.Count(o.Inner, "inner fold")), "take 2 or more (", hint.Option("folds"), ") with 2 or more inside each, and 64 at most of one times the other")
	case !(o.Level >= 0.5 && o.Level < 1):
		return nil, hint.Usage(fmt.Errorf("a level of %v", o.Level), "give ", hint.Option("level"), " a share from 0.5 to 1, as 0.95")
	case o.Permutations < -1 || o.Permutations > 1_000_000:
		return nil, hint.Usage(fmt.Errorf("%d permutations", o.Permutations), "give ", hint.Option("permutations"), " 1 to 1000000, or -1 for none")
	}
	if slices.Contains(o.How, nested.CCS) && o.Data.Side == "" {
		return nil, hint.Usage(fmt.Errorf("the method %s is of pairs of a statement and its negation", nested.CCS), "say by ", hint.Option("side"), " which key tells the two apart")
	}
	var methods []nested.Method
	for _, how := range o.How {
		m, err := methodsOf(how)
		if err != nil {
			return nil, err
		}
		methods = append(methods, m...)
	}
	return methods, nil
}

// methodsOf reads one method, which may have a number.
func methodsOf(how string) ([]nested.Method, error) {
	kind, number, numbered := strings.Cut(how, ":")
	refuse := func(what string) error {
		return hint.Usage(fmt.Errorf("method %q: %s", how, what), "give ", hint.Option("how"), " one of "+strings.Join(nested.Kinds, ", ")+"; a number is given as in logistic:0.1 (C) or components:5")
	}
	if !slices.Contains(nested.Kinds, kind) {
		return nil, refuse("there is no such method")
	}
	switch kind {
	case nested.Logistic:
		if !numbered {
			var out []nested.Method
			for _, c := range []float64{0.001, 0.01, 0.1, 1} {
				out = append(out, nested.Method{Kind: kind, C: c, Scale: true})
			}
			return out, nil
		}
		c, err := strconv.ParseFloat(number, 64)
		if err != nil || !(c > 0 && c <= 1e9) {
			return nil, refuse("C is a number above 0")
		}
		return []nested.Method{{Kind: kind, C: c, Scale: true}}, nil
	case nested.Components:
		if !numbered {
			return []nested.Method{{Kind: kind, K: 5}, {Kind: kind, K: 20}}, nil
		}
		k, err := strconv.Atoi(number)
		if err != nil || k < 1 {
			return nil, refuse("the number of components is 1 or more")
		}
		return []nested.Method{{Kind: kind, K: k}}, nil
	}
	if numbered {
		return nil, refuse("it takes no number")
	}
	return []nested.Method{{Kind: kind, Scale: kind == nested.LDA}}, nil
}
