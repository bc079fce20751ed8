package report

import "intentprobe/capture/probe/metric"

// Version is that of the JSON of a report.
const Version = 1

// Kinds of reports.
const (
	Train    = "train"    // probes were fitted, held-out samples scored, and a probe written
	Sweep    = "sweep"    // the same, and nothing written
	Eval     = "eval"     // a probe of a file scored samples that it has not seen
	Transfer = "transfer" // probes of each set scored the samples of every other
	Erase    = "erase"    // what tells the classes apart was erased, and looked for again
)

// Report is everything that an evaluation found. Parts that were not asked for, or could not
// be measured, are nil or empty; Warnings say why. Scores are of samples, and higher where a
// sample looks positive.
type Report struct {
	Version int    `json:"version"`
	Kind    string `json:"kind"`
	Program string `json:"program"` // version of this program
	Task    Task   `json:"task"`

	Verdict *Verdict `json:"verdict,omitempty"`

	AUROC       *metric.Interval    `json:"auroc,omitempty"` // of held-out samples
	Permutation *Permutation        `json:"permutation,omitempty"`
	Balanced    *metric.Interval    `json:"balanced_accuracy,omitempty"` // at the middle between the classes
	Calibration *metric.Calibration `json:"calibration,omitempty"`
	ROC         *metric.Curve       `json:"roc,omitempty"`

	Baselines   []Baseline    `json:"baselines,omitempty"`
	LeftOut     []LeftOut     `json:"left_out,omitempty"`
	Controls    []Control     `json:"controls,omitempty"`
	Negatives   *Control      `json:"negatives,omitempty"` // the task's own negative samples, at the threshold of the first control set
	Selectivity []Selectivity `json:"selectivity,omitempty"`
	CodeLength  *CodeLength   `json:"code_length,omitempty"`

	Curve   []Point  `json:"curve,omitempty"`   // each point by itself, in the order of the model
	Choices []Choice `json:"choices,omitempty"` // what each fold chose
	Scores  []Scores `json:"scores,omitempty"`  // distributions, by class and control set
	Matrix  *Matrix  `json:"matrix,omitempty"`  // of a transfer
	Samples []Sample `json:"samples,omitempty"` // some, with the scores of their tokens
	Probe   *Probe   `json:"probe,omitempty"`   // the one that was written, or evaluated
	Scale   *Scale   `json:"scale,omitempty"`   // of its scores

	Passes   int      `json:"passes,omitempty"` // over the rows of a point under a rule of tokens, all of these together
	Warnings []string `json:"warnings,omitempty"`

	Rows []Row `json:"-"` // of every sample and scorer: for WriteRows
}

// Scale leads from scores of a report, which are standardised, to those that the file of its
// probe gives: x·v + bias = Mean + SD · score. So are all scores of an evaluation and of
// control sets. Samples that were held out while probes were fitted have scores by the probe of
// their fold, standardised by what that was fitted to, and none of the file.
type Scale struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
}

// Raw is x·v + bias of a score.
func (s *Scale) Raw(score float64) float64 { return s.Mean + s.SD*score }

// Task says what was told apart in which rows.
type Task struct {
	Runs     []Run    `json:"runs"`
	Model    string   `json:"model"` // file name
	Layers   int      `json:"layers"`
	Width    int      `json:"width"`
	Label    string   `json:"label"` // "truth@2", "column condition", "key intent"
	Positive Class    `json:"positive"`
	Negative Class    `json:"negative"`
	Tokens   []string `json:"tokens"`       // rules that were tried; "" of all rows that the run has
	Rows     string   `json:"rows"`         // "one a sample, mean", "one a token, scores pooled by max"
	Groups   string   `json:"groups"`       // what makes a group: "question", "question, template"
	Mixed    int      `json:"mixed_groups"` // groups that have samples of both classes
	Split    string   `json:"split"`        // "5 folds by question", "of the run: train 80, test 20"
	How      []string `json:"how"`          // methods that were tried, in words with their sources
	Seed     uint64   `json:"seed"`
	Level    float64  `json:"level"`
}

// Run is one of the runs.
type Run struct {
	Name string `json:"name"` // of its folder
	ID   string `json:"id"`
}

// Class is one of the two.
type Class struct {
	Name    string `json:"name"` // value of the label
	Samples int    `json:"samples"`
	Groups  int    `json:"groups"`
	Without int    `json:"without_rows"` // left out: the tokens select no row
}

// Verdict is what the rules of docs/verdict.md say.
type Verdict struct {
	Word    string   `json:"word"`
	Text    string   `json:"text"`
	Because []string `json:"because"` // the figures that led there
	Change  []string `json:"change"`  // what would change it
}

// Permutation is the test against labels that were exchanged between groups.
type Permutation struct {
	Of       string  `json:"of"` // what was done anew for each draw: [WholeProcedure], [LabelsAlone]
	P        float64 `json:"p"`
	Draws    int     `json:"draws"`
	Median   float64 `json:"median"`   // AUROC of the draws
	Quantile float64 `json:"quantile"` // 0.99
}

// What permutations do anew.
const (
	WholeProcedure = "the whole procedure"            // fits and choices
	LabelsAlone    = "labels against the same scores" // of a probe that is there
)

// Baseline is what is read without the model's states, or of the prompt alone.
type Baseline struct {
	Name       string          `json:"name"`
	Kind       string          `json:"kind"` // "prompt", "text", "likelihood", "topic"
	AUROC      metric.Interval `json:"auroc"`
	Difference metric.Interval `json:"difference"` // the probe's AUROC less this one
	Note       string          `json:"note,omitempty"`
}

// LeftOut is the AUROC on samples of a style, topic or template of which none was used in
// training.
type LeftOut struct {
	By    string          `json:"by"`    // "style", "group", "template"
	Value string          `json:"value"` // empty: all of them, each held out once
	AUROC metric.Interval `json:"auroc"`
}

// Which names the value; "each" for all of them.
func (l LeftOut) Which() string {
	if l.Value == "" {
		return "each"
	}
	return l.Value
}

// Control is a control set: a run in which nothing is of the positive class.
type Control struct {
	Name           string          `json:"name"`
	Samples        int             `json:"samples"`
	Groups         int             `json:"groups"`
	FalsePositives metric.Interval `json:"false_positives"`  // at the threshold of the set that sets it
	Recall         *metric.Recall  `json:"recall,omitempty"` // of positive samples at 1 % of this set
	Threshold      Number          `json:"threshold"`        // at which that is, of x·v + bias; none where there is none
	Note           string          `json:"note,omitempty"`
}

// Selectivity is accuracy less that on random labels.
type Selectivity struct {
	Task       string          `json:"task"` // what has a random label: "question", "token", "template"
	Accuracy   metric.Interval `json:"accuracy"`
	Control    metric.Interval `json:"control"`
	Difference metric.Interval `json:"difference"`
}

// CodeLength is the online code length of the labels, by the probe and by nothing.
type CodeLength struct {
	Point string `json:"point"` // by which the last block of labels was coded
	metric.CodeLength
}

// Point is one point of the layer curve, under one rule of tokens: fitted and held out without
// any choice.
type Point struct {
	Name   string          `json:"name"`
	Layer  int             `json:"layer"` // -1 where it is of no block
	Depth  float64         `json:"depth"` // (layer + 1) / layers
	Tokens string          `json:"tokens"`
	How    string          `json:"how"`
	AUROC  metric.Interval `json:"auroc"`
	P      Number          `json:"p"`              // corrected for the search over all points; none without permutations
	Kept   bool            `json:"kept,omitempty"` // it is what all samples that train choose
	Note   string          `json:"note,omitempty"` // what that shows, of an eraser
}

// Choice is what was chosen while some samples were held out.
type Choice struct {
	Fold   string `json:"fold"`
	Point  string `json:"point"`
	Tokens string `json:"tokens"`
	How    string `json:"how"`
	Inner  Number `json:"inner_auroc"` // by which it was chosen
	AUROC  Number `json:"auroc"`       // of what was held out; NaN where it has one class
}

// Scores are the scores of a set of samples.
type Scores struct {
	Name   string   `json:"name"` // a class, or a control set
	Values []Number `json:"values"`
}

// Matrix has the AUROC of probes trained on a row's set, on the samples of a column's set.
type Matrix struct {
	By     string              `json:"by"` // "run", "condition", "style", "phase", "tokens", "depth"
	Train  []string            `json:"train"`
	Test   []string            `json:"test"`
	AUROC  [][]metric.Interval `json:"auroc"`
	Within [][]bool            `json:"within"` // held-out folds of the same set
}

// Sample is one sample with the scores of its tokens.
type Sample struct {
	ID       int64    `json:"sample_id"`
	Run      string   `json:"run"`
	Prompt   string   `json:"prompt_id"`
	Class    string   `json:"class"`
	Score    float64  `json:"score"`
	Tokens   []string `json:"tokens"`
	Phase    []string `json:"phase"`           // of each token: prompt or response
	Roles    []string `json:"roles,omitempty"` // of each token, as rows have it: "template" is drawn as such
	Scores   []Number `json:"scores"`          // none of tokens without a row
	Selected []bool   `json:"selected"`        // by the rule of tokens
}

// Probe is a probe of a file.
type Probe struct {
	File   string  `json:"file"`
	Name   string  `json:"name"`
	Point  string  `json:"point"`
	Tokens string  `json:"tokens"`
	How    string  `json:"how"`
	Norm   float64 `json:"norm"`
	Why    string  `json:"why,omitempty"` // it was kept, of several candidates
}
