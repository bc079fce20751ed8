package verdict

import "intentprobe/capture/probe/metric"

// The margins of the rules. docs/verdict.md says how each was chosen.
const (
	Level     = 0.95 // of all intervals, two-sided
	Power     = 0.8  // of what groups can resolve
	Effect    = 0.8  // AUROC that the groups must be able to tell from 0.5
	MostP     = 0.01 // largest p value that counts as a difference
	Chance    = 0.65 // upper limit up to which a probe is at chance
	Explained = 0.05 // a baseline this near explains the probe, and beyond it is what is surely farther
)

// Kinds of baseline, by what a probe that is no better only reads.
const (
	Prompt     = "prompt"
	Text       = "text"
	Likelihood = "likelihood"
	Topic      = "topic"
	Meaning    = "meaning" // of words that are in one group alone: missing, or measured as prompt and text
)

// Figures are what was measured of a probe. All AUROCs are of held-out samples, over groups,
// with intervals of [Level].
type Figures struct {
	Positive  string          `json:"positive"` // names of the classes
	Negative  string          `json:"negative"`
	Groups    [2]int          `json:"groups"` // independent groups with a negative sample, with a positive one
	AUROC     metric.Interval `json:"auroc"`  // every choice made inside the folds
	P         float64         `json:"p"`      // of permutations, one-sided; NaN: none were made
	Of        string          `json:"of"`     // what was done anew for each: "the whole procedure"
	Draws     int             `json:"draws"`  // how many
	Baselines []Baseline      `json:"baselines"`
	LeftOut   []LeftOut       `json:"left_out,omitempty"`
	// Missing are the kinds that could not be measured, and why: "likelihood: the run has no
	// log-probabilities".
	Missing []string `json:"missing,omitempty"`
	// NotHeldOut says why it is not known that the samples were held out: "the file does not
	// say which questions the probe was fitted to". Empty: they were.
	NotHeldOut string `json:"not_held_out,omitempty"`
}

// Baseline is what can be told without the model's states, on the same folds.
type Baseline struct {
	Name       string          `json:"name"`
	Kind       string          `json:"kind"`
	AUROC      metric.Interval `json:"auroc"`
	Difference metric.Interval `json:"difference"` // the probe's AUROC less the baseline's, paired
}

// LeftOut is the AUROC on samples of a style, topic or template that training had none of.
type LeftOut struct {
	By    string          `json:"by"`    // "style"
	Value string          `json:"value"` // "terse"; empty: of all values, each held out once
	AUROC metric.Interval `json:"auroc"`
}

// Verdict is what figures show.
type Verdict struct {
	Word    string   `json:"word"`
	Text    string   `json:"text"`    // the word in a sentence or two
	Because []string `json:"because"` // the figures, rule by rule, that led there
	Change  []string `json:"change"`  // what would change it
}

// The words that name no class.
const (
	ReadsPrompt = "reads the prompt"
	ReadsText   = "reads the text"
	ReadsTopic  = "reads topic or style"
	AtChance    = "at chance, with power"
	Undecided   = "undecided: not enough data"
)

// Separates is the word of a probe that tells two classes apart beyond its baselines.
func Separates(positive, negative string) string {
	return "separates " + positive + " from " + negative + " beyond text, likelihood and prompt"
}
