package labels

import (
	"encoding/json"
	"time"

	"intentprobe/storage/rundir"
)

// Label is what one labelling says of one sample.
type Label struct {
	SampleID   int64    `json:"sample_id"`
	Value      string   `json:"value"`
	Confidence *float64 `json:"confidence"` // 0 to 1; nil where nobody said
	Prompt     *string  `json:"prompt"`     // what a judge was asked, as the model read it
	Answer     *string  `json:"answer"`     // what the judge answered
	Note       *string  `json:"note"`
}

// The sources that labels can have.
const (
	Rule      = "rule"
	File      = "file"
	Judge     = "judge"
	Knowledge = "knowledge"
)

// Ambiguous is the value of a sample whose label cannot be decided; every labelling may
// use it.
const Ambiguous = "ambiguous"

// Table is one labelling of a run's samples, as Write writes it and Read reads it. It
// never changes; a better one is the next version of its name.
type Table struct {
	Header
	Labels []Label // in order of their samples, of each at most one
}

// Header says how a labelling was made. It lies in the metadata of the file.
type Header struct {
	Name    string          `json:"name"`
	Version int32           `json:"version"` // from 1
	Source  string          `json:"source"`  // rule, file, judge, knowledge
	Time    time.Time       `json:"time"`    // UTC, whole microseconds
	Values  []string        `json:"values"`  // that are allowed beside Ambiguous; null: any
	How     json.RawMessage `json:"how"`     // a JSON object: the rule, the file, or the judge
	Tool    rundir.Tool     `json:"tool"`
	Run     string          `json:"run"` // Manifest.RunID of the run

	// SHA256 is that of the header, with 64 zeros in this place, and of all labels
	// as lines of JSON: a label table is in no manifest.
	SHA256 string `json:"sha256"`
}
