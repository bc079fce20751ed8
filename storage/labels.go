package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"
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
	LabelRule      = "rule"
	LabelFile      = "file"
	LabelJudge     = "judge"
	LabelKnowledge = "knowledge"
)

// Ambiguous is the value of a sample of which it cannot be told; every labelling may
// use it.
const Ambiguous = "ambiguous"

// LabelTable is one labelling of a run's samples: those of WriteLabels and
// ReadLabels. It never changes; a better one is the next version of its name.
type LabelTable struct {
	LabelHeader
	Labels []Label // in order of their samples, of each at most one
}

// LabelHeader says how a labelling was made. It lies in the metadata of the file.
type LabelHeader struct {
	Name    string          `json:"name"`
	Version int32           `json:"version"` // from 1
	Source  string          `json:"source"`  // rule, file, judge, knowledge
	Time    time.Time       `json:"time"`    // UTC, whole microseconds
	Values  []string        `json:"values"`  // that are allowed beside Ambiguous; null: any
	How     json.RawMessage `json:"how"`     // a JSON object: the rule, the file, or the judge
	Tool    Tool            `json:"tool"`
	Run     string          `json:"run"` // Manifest.RunID of the run

	// SHA256 is that of the header, with 64 zeros in this place, and of all labels
	// as lines of JSON: a label table is in no manifest.
	SHA256 string `json:"sha256"`
}

// labelName matches names of label tables: lower case, since two names that differ
// in nothing else would be one file on some file systems.
var labelName = regexp.MustCompile(`^[a-z0-9_][a-z0-9_-]{0,63}$`)

var labelFileName = regexp.MustCompile(`^labels-([a-z0-9_][a-z0-9_-]{0,63})-(\d{4,9})\.arrow$`)

// CheckLabelName says whether a label table may have a name.
func CheckLabelName(name string) error {
	if !labelName.MatchString(name) {
		return fmt.Errorf("storage: %q is no name of a label table: a to z, 0 to 9, _ and -, at most 64 of them", name)
	}
	return nil
}

// LabelPath gives the name of a label table's file.
func LabelPath(name string, version int32) string {
	return fmt.Sprintf("labels-%s-%04d.arrow", name, version)
}

// parseLabelPath gives name and version of the table that a file has by its name.
func parseLabelPath(file string) (name string, version int32, ok bool) {
	match := labelFileName.FindStringSubmatch(file)
	if match == nil {
		return "", 0, false
	}
	n, _ := strconv.Atoi(match[2]) // at most nine digits
	return match[1], int32(n), n > 0 && LabelPath(match[1], int32(n)) == file
}

// RunID stands for what a run is: the sha256, as hex text, of its spec, prompts,
// model and plan. A shard, the merged run and a recovered one have the same; where
// model and prompts lie does not matter.
func (m *Manifest) RunID() string {
	var spec map[string]any
	dec := json.NewDecoder(bytes.NewReader(m.Spec))
	dec.UseNumber()
	dec.Decode(&spec) // one that cannot be read is none
	delete(spec, "model")
	if prompts, ok := spec["prompts"].(map[string]any); ok {
		delete(prompts, "file")
		delete(prompts, "column")
	}
	text, _ := json.Marshal([]any{spec, m.Dataset.SHA256, m.Model.SHA256, m.Plan}) // was JSON: cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
