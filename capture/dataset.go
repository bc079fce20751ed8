package capture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/models"
)

// Row is one prompt of a dataset, before it meets a model.
type Row struct {
	ID        string
	Prompt    string           // one of Prompt
	Messages  []models.Message // and Messages is set
	Tools     json.RawMessage  // that the template tells the model of; nil: none
	Documents json.RawMessage  // likewise
	Response  *string          // given: scored instead of sampled
	Label     *string
	Group     *string
	Split     *string
	Pair      *string

	Question  *string // what it asks: rows of the same question are in the same split
	Condition *string // under which it is asked
	Style     *string
	Stage     *string    // "knowledge", or nil
	Spans     []SpanRule // texts in them as they are, no templates

	Meta  string   // JSON object of every other key
	place string   // file and line, for errors
	bare  []string // the keys of a row in which neither prompt nor messages stand
}

// fields are the keys of a row that are one text each, beside id and prompt.
var fields = []string{"response", "label", "group", "split", "pair", "question", "condition", "style", "stage"}

// field gives the place of such a key's value, nil for any other key.
func (r *Row) field(key string) **string {
	switch key {
	case "response":
		return &r.Response
	case "label":
		return &r.Label
	case "group":
		return &r.Group
	case "split":
		return &r.Split
	case "pair":
		return &r.Pair
	case "question":
		return &r.Question
	case "condition":
		return &r.Condition
	case "style":
		return &r.Style
	case "stage":
		return &r.Stage
	}
	return nil
}

// Dataset is the rows of a run, in order.
type Dataset struct {
	File   string // empty for prompts of the spec or the command line
	SHA256 string // of Text
	Rows   []Row
}

// ReadDataset reads the prompts that a spec names as they are: a file (docs/datasets.md
// says which), rows, or plain texts. Errors are *hint.UsageError and name file and line.
func ReadDataset(p Prompts) (*Dataset, error) {
	d, err := readPrompts(p, false)
	if err != nil {
		return nil, err
	}
	return d, d.seal()
}

// readPrompts reads the rows and gives each an id. With a template for the prompt, a
// CSV file needs no column of prompts.
func readPrompts(p Prompts, templated bool) (*Dataset, error) {
	sources := 0
	for _, given := range []bool{p.File != "", len(p.Rows) > 0, len(p.Text) > 0} {
		if given {
			sources++
		}
	}
	if sources != 1 {
		return nil, hint.Usage(fmt.Errorf("%d sources of prompts, one is needed", sources),
			"use one of --prompt, --prompts FILE, or prompts.file, prompts.rows, prompts.text in the spec")
	}
	d := &Dataset{File: p.File}
	var err error
	switch {
	case len(p.Text) > 0:
		for i, text := range p.Text {
			d.Rows = append(d.Rows, Row{Prompt: text, Meta: "{}", place: fmt.Sprintf("prompt %d", i+1)})
		}
	case len(p.Rows) > 0:
		var list rowList
		for i, object := range p.Rows {
			row, err := rowOfSpec(object, fmt.Sprintf("prompts.rows[%d]", i))
			if err == nil {
				err = list.add(row)
			}
			if err != nil {
				return nil, err
			}
		}
		d.Rows = list.rows
	default:
		if d.Rows, err = readFile(p, templated); err != nil {
			return nil, err
		}
	}
	if len(d.Rows) == 0 {
		return nil, hint.Usage(fmt.Errorf("%s holds no prompts", d.File), "add at least one")
	}
	for i := range d.Rows {
		if d.Rows[i].ID == "" {
			d.Rows[i].ID = strconv.Itoa(i)
		}
	}
	return d, d.uniqueIDs()
}

func (d *Dataset) uniqueIDs() error {
	first := make(map[string]*Row, len(d.Rows))
	for i := range d.Rows {
		r := &d.Rows[i]
		if before := first[r.ID]; before != nil {
			return hint.Usage(fmt.Errorf("%s: id %q stands there twice, first at %s", r.place, r.ID, before.place), "give every prompt an id of its own")
		}
		first[r.ID] = r
	}
	return nil
}

// seal refuses what no run can use, and takes the checksum.
func (d *Dataset) seal() error {
	for i := range d.Rows {
		if err := d.Rows[i].checkMessages(); err != nil {
			return err
		}
	}
	text := d.Text()
	sum := sha256.Sum256(text)
	d.SHA256 = hex.EncodeToString(sum[:])
	return d.checkKept(text)
}

// Text gives the rows as they were understood, a JSON object a line, keys sorted:
// read as a dataset it gives the same rows.
func (d *Dataset) Text() []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for i := range d.Rows {
		enc.Encode(d.Rows[i].object()) // texts, and JSON that was parsed: cannot fail
	}
	return out.Bytes()
}

// object gives the keys of a row that have a value.
func (r *Row) object() map[string]any {
	object := map[string]any{}
	var meta map[string]json.RawMessage
	json.Unmarshal([]byte(r.Meta), &meta) // it was marshalled
	for key, value := range meta {
		object[key] = value
	}
	object["id"] = r.ID
	if len(r.Messages) > 0 {
		object["messages"] = r.Messages
	} else {
		object["prompt"] = r.Prompt
	}
	if r.Tools != nil {
		object["tools"] = r.Tools
	}
	if r.Documents != nil {
		object["documents"] = r.Documents
	}
	for _, key := range fields {
		if value := *r.field(key); value != nil {
			object[key] = *value
		}
	}
	if len(r.Spans) > 0 {
		object["spans"] = r.Spans
	}
	return object
}

func (r *Row) checkMessages() error {
	if r.bare != nil {
		return hint.Usage(fmt.Errorf("%s: neither prompt nor messages", r.place),
			"every row needs one of them, or the spec prompts.prompt; --prompt-column names another key; keys here: "+strings.Join(r.bare, ", "))
	}
	if len(r.Messages) == 0 {
		if !utf8.ValidString(r.Prompt) {
			return hint.Usage(fmt.Errorf("%s: the prompt is not UTF-8", r.place), "convert it to UTF-8")
		}
		if strings.TrimSpace(r.Prompt) == "" {
			return hint.Usage(fmt.Errorf("%s: the prompt is empty", r.place), "write a prompt, or remove the row")
		}
		return nil
	}
	if r.Prompt != "" {
		return hint.Usage(fmt.Errorf("%s: both prompt and messages", r.place), "keep one of them")
	}
	for i, m := range r.Messages {
		if roleCode(m.Role) < 0 {
			return hint.Usage(fmt.Errorf("%s: messages[%d]: role is %q", r.place, i, m.Role), "use system, user, assistant, tool or developer")
		}
	}
	if last := r.Messages[len(r.Messages)-1]; last.Role == "assistant" && last.Calls() {
		return hint.Usage(fmt.Errorf("%s: messages[%d]: the last message calls tools, so no response can go on with it", r.place, len(r.Messages)-1), "put the answers of the tools after it (role tool), or leave it out")
	}
	return nil
}

// BaseName is the dataset's file name without its folder, for the manifest.
func (d *Dataset) BaseName() string {
	if d.File == "" {
		return ""
	}
	return filepath.Base(d.File)
}
