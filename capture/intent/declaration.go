package intent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/spec"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// DeclarationName is the file of a study's folder that is written before anything runs.
const DeclarationName = "plan.json"

// declarationVersion is that of the file.
const declarationVersion = 1

// Declaration is what was declared before anything ran. It holds no paths: the same study of
// the same model has the same one everywhere.
type Declaration struct {
	Version int    `json:"version"`
	SHA256  string `json:"sha256"` // of all the rest, as canonical JSON
	Study   *Study `json:"study"`
	Size    Size   `json:"size"`

	Rules   int             `json:"rules"` // ladder.Rules
	Margins []ladder.Margin `json:"margins"`

	Sums
	How      How       `json:"how"`
	DataSets []DataSet `json:"data_sets"` // of each run, in their order

	text []byte // that it was read from
}

// Sums are the sha256 of the files that answer.
type Sums struct {
	Model     string   `json:"model_sha256"`
	Adapters  []string `json:"adapters_sha256,omitempty"`  // each with its scale: "sum x 0.5"
	Subspaces string   `json:"subspaces_sha256,omitempty"` // of the file with the variable
	Template  string   `json:"template_sha256,omitempty"`  // of a chat template that is not the model's
}

// How are the settings by which the same model would give other answers.
type How struct {
	Weights   string    `json:"weights"`
	FlashAttn string    `json:"flash_attn"`
	KVType    string    `json:"kv_type"`
	Chat      spec.Chat `json:"chat"`
}

// howOf are those of a run. Where a template's file lies is no part of them.
func howOf(r *Run) How {
	e, chat := r.Spec.Engine, r.Spec.Chat
	chat.Template, chat.Text = filepath.Base(chat.Template), ""
	return How{e.Weights, e.FlashAttn, e.KVType, chat}
}

// DataSet is what a run is asked.
type DataSet struct {
	Run    string `json:"run"` // folder
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // of its lines
}

// Declare says what a study, its runs and what answers them are; seed is that of the prompts.
func Declare(s *Study, runs []Run, seed uint64, sums Sums) (*Declaration, error) {
	of := *s
	if s.Swaps != nil { // where its file lies is no part of it
		swaps := *s.Swaps
		swaps.File, of.Swaps = "", &swaps
	}
	d := &Declaration{Version: declarationVersion, Study: &of, Size: s.sizeOf(seed), Sums: sums}
	if len(s.Arms) > 0 { // it climbs the ladder
		d.Rules, d.Margins = ladder.Rules, ladder.Margins()
	}
	if len(runs) > 0 {
		d.How = howOf(&runs[0])
	}
	for _, r := range runs {
		d.DataSets = append(d.DataSets, DataSet{r.Name, bytes.Count(r.Rows, []byte("\n")), rundir.SumOf(r.Rows)})
	}
	sum, err := d.sum()
	d.SHA256 = sum
	return d, err
}

// sum is the sha256 of the canonical JSON of all but itself: names in order, no space, no
// escape that JSON does not need (RFC 8785 for what a declaration holds).
func (d *Declaration) sum() (string, error) {
	keys, err := d.keys()
	if err != nil {
		return "", err
	}
	delete(keys, "sha256")
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // writes the keys of maps in order
	enc.SetEscapeHTML(false)
	if err := enc.Encode(keys); err != nil {
		return "", err
	}
	return rundir.SumOf(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// keys are those of its JSON: of one that was read, all that its file has, whatever this
// program knows of it.
func (d *Declaration) keys() (map[string]any, error) {
	text := d.text
	if text == nil {
		var err error
		if text, err = json.Marshal(d); err != nil {
			return nil, err
		}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	keys := map[string]any{}
	return keys, dec.Decode(&keys)
}

// Keep writes the declaration into a study's folder. One that is there must be the same,
// and where there is none nothing may have been run. The error is then a *hint.UsageError.
func (d *Declaration) Keep(files disk.FS, dir string) error {
	there, err := ReadDeclaration(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, folder)); err == nil {
			return hint.Usage(fmt.Errorf("%s has runs and no %s: what was declared before them is not known", dir, DeclarationName), "name another folder with ", hint.Key("out"))
		}
		text, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		return disk.WriteWhole(files, filepath.Join(dir, DeclarationName), append(text, '\n'))
	}
	if err != nil {
		return err
	}
	differ, err := there.differ(d)
	if err != nil || differ == "" {
		return err
	}
	return hint.Usage(fmt.Errorf("%s declares another study than this: %s", filepath.Join(dir, DeclarationName), differ), "name another folder with ", hint.Key("out"))
}

// ReadDeclaration reads that of a study's folder. One that was changed is an error.
func ReadDeclaration(dir string) (*Declaration, error) {
	path := filepath.Join(dir, DeclarationName)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := &Declaration{text: text}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if d.Version != declarationVersion || d.Study == nil {
		return nil, fmt.Errorf("%s: version %d of a plan; this program reads version %d", path, d.Version, declarationVersion)
	}
	sum, err := d.sum()
	if err == nil && sum != d.SHA256 {
		err = fmt.Errorf("%s was changed: it says sha256 %s, and has %s", path, d.SHA256, sum)
	}
	return d, err
}

// differ names the first thing in which another declaration is not the same; empty: none.
func (d *Declaration) differ(other *Declaration) (string, error) {
	then, err := d.keys()
	if err != nil {
		return "", err
	}
	now, err := other.keys()
	if err != nil {
		return "", err
	}
	for _, key := range []string{"model_sha256", "adapters_sha256", "template_sha256", "how", "study", "size", "rules", "margins", "subspaces_sha256", "data_sets"} {
		if place, was, is := firstDifference(key, then[key], now[key]); place != "" {
			return fmt.Sprintf("%s was %s, is %s", place, was, is), nil
		}
	}
	return "", nil
}

// firstDifference finds where two values of JSON differ, and what stands there.
func firstDifference(place string, a, b any) (at, was, is string) {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		for _, key := range sortedKeys(x, y) {
			if at, was, is := firstDifference(place+"."+key, x[key], y[key]); at != "" {
				return at, was, is
			}
		}
		return "", "", ""
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		for i := range x {
			if at, was, is := firstDifference(fmt.Sprintf("%s[%d]", place, i), x[i], y[i]); at != "" {
				return at, was, is
			}
		}
		return "", "", ""
	}
	was, is = shortJSON(a), shortJSON(b)
	if was == is {
		return "", "", ""
	}
	return place, was, is
}

func sortedKeys(of ...map[string]any) (out []string) {
	for _, m := range of {
		for key := range m {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// shortJSON is a value as JSON, cut where it is long.
func shortJSON(value any) string {
	if value == nil {
		return "none"
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	if len(text) > 80 {
		return rundir.SumOf(text)[:16] + " (sha256)"
	}
	return string(text)
}
