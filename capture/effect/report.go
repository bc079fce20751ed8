package effect

// Report is what the arms of a run changed.
type Report struct {
	Run          string   `json:"run"`
	Alternatives string   `json:"alternatives,omitempty"`   // empty: there are none
	Options      []string `json:"options,omitempty"`        // the first is what D is for
	Differ       bool     `json:"options_differ,omitempty"` // samples have different options: Options are those of the first
	Where        []string `json:"where,omitempty"`
	Label        string   `json:"label,omitempty"`
	Toward       string   `json:"toward,omitempty"`
	Text         string   `json:"text,omitempty"`
	Level        float64  `json:"level"`
	Limits       Limits   `json:"limits"`
	Samples      int      `json:"samples"`   // of none
	Questions    int      `json:"questions"` // of none
	Tested       int      `json:"tested"`    // arms that Holm's correction is over
	Arms         []*Arm   `json:"arms"`      // in order of the manifest, without none
	Curves       []*Curve `json:"curves"`
	Notes        []string `json:"notes,omitempty"`

	Effects []Sample `json:"-"` // of each pair, in order of the arms
}

// Arm is what one arm changed. What was not measured is nil.
type Arm struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Of      string `json:"of,omitempty"`
	Predict string `json:"predict,omitempty"` // up or down

	Pairs     int `json:"pairs"`
	Missing   int `json:"missing,omitempty"`    // samples of the arm or of none without a partner
	NoScores  int `json:"no_scores,omitempty"`  // pairs in which the alternatives were not scored
	NotFinite int `json:"not_finite,omitempty"` // pairs whose change is no finite number

	Change     *Estimate  `json:"change"`    // of D, nats
	Corrected  *float64   `json:"corrected"` // P of Change after Holm; of the arms that are tested
	Mass       *float64   `json:"mass"`      // of the options' probabilities, mean over questions
	MassNone   *float64   `json:"mass_none"`
	MassChange *Estimate  `json:"mass_change"`
	Flips      *Flips     `json:"flips"`
	Backwards  *Estimate  `json:"backwards"` // share of samples against the prediction; without a test
	KL         *Estimate  `json:"kl"`        // nats; without a test
	Text       *Text      `json:"text,omitempty"`
	NIE        *NIE       `json:"nie,omitempty"`
	Controls   []*Against `json:"controls,omitempty"`
	Verdict    *Verdict   `json:"verdict,omitempty"` // of arms that are no controls
}

// Sample is what an arm changed of one sample: a row of the second file.
type Sample struct {
	Arm       string   `json:"arm"`
	SampleID  int64    `json:"sample_id"`
	NoneID    int64    `json:"none_sample_id"`
	Question  string   `json:"question"`
	PromptID  string   `json:"prompt_id"`
	Sample    int32    `json:"sample"`
	D         *float64 `json:"d"` // null where not scored, or not finite
	DNone     *float64 `json:"d_none"`
	Change    *float64 `json:"change"`
	Mass      *float64 `json:"mass"`
	MassNone  *float64 `json:"mass_none"`
	Flip      *int32   `json:"flip"`      // 1 to the first option, -1 from it, 0 none
	Backwards *int32   `json:"backwards"` // 1 against the prediction, 0 not; null where nothing is predicted
	KL        *float64 `json:"kl"`
}
