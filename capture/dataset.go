package capture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"intentprobe/models"
)

// Row is one prompt of a dataset, before it meets a model.
type Row struct {
	ID       string
	Prompt   string           // one of Prompt
	Messages []models.Message // and Messages is set
	Response *string          // given: scored instead of sampled
	Label    *string
	Group    *string
	Split    *string
	Pair     *string
	Meta     string // JSON object of every other key
	place    string // file and line, for errors
}

// Dataset is the rows of a run, in order.
type Dataset struct {
	File   string // empty for prompts of the spec or the command line
	SHA256 string // of Text
	Rows   []Row
}

// ReadDataset reads the prompts that a spec names: a .jsonl, .csv or .txt file,
// rows, or plain texts. Errors are *UsageError and name file and line.
func ReadDataset(p Prompts) (*Dataset, error) {
	sources := 0
	for _, given := range []bool{p.File != "", len(p.Rows) > 0, len(p.Text) > 0} {
		if given {
			sources++
		}
	}
	if sources != 1 {
		return nil, usage(fmt.Errorf("%d sources of prompts, one is needed", sources),
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
			row, err := rowFromObject(object, fmt.Sprintf("prompts.rows[%d]", i))
			if err == nil {
				err = list.add(row)
			}
			if err != nil {
				return nil, err
			}
		}
		d.Rows = list.rows
	default:
		if d.Rows, err = readFile(p); err != nil {
			return nil, err
		}
	}
	return d, d.check()
}

// check fills in ids, refuses what no run can use, and takes the checksum.
func (d *Dataset) check() error {
	if len(d.Rows) == 0 {
		return usage(fmt.Errorf("%s holds no prompts", d.File), "add at least one")
	}
	first := map[string]string{}
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.ID == "" {
			r.ID = strconv.Itoa(i)
		}
		if before, twice := first[r.ID]; twice {
			return usage(fmt.Errorf("%s: id %q stands there twice, first at %s", r.place, r.ID, before), "give every prompt an id of its own")
		}
		first[r.ID] = r.place
		if err := r.checkMessages(); err != nil {
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
	for key, value := range map[string]*string{"response": r.Response, "label": r.Label, "group": r.Group, "split": r.Split, "pair": r.Pair} {
		if value != nil {
			object[key] = *value
		}
	}
	return object
}

func (r *Row) checkMessages() error {
	if len(r.Messages) == 0 {
		if !utf8.ValidString(r.Prompt) {
			return usage(fmt.Errorf("%s: the prompt is not UTF-8", r.place), "convert it to UTF-8")
		}
		if strings.TrimSpace(r.Prompt) == "" {
			return usage(fmt.Errorf("%s: the prompt is empty", r.place), "write a prompt, or remove the row")
		}
		return nil
	}
	if r.Prompt != "" {
		return usage(fmt.Errorf("%s: both prompt and messages", r.place), "keep one of them")
	}
	for i, m := range r.Messages {
		if roleCode(m.Role) < 0 {
			return usage(fmt.Errorf("%s: messages[%d]: role is %q", r.place, i, m.Role), "use system, user or assistant")
		}
	}
	return nil
}

// known are the keys that a row may have beside its metadata.
var known = map[string]bool{
	"id": true, "prompt": true, "messages": true, "response": true,
	"label": true, "group": true, "split": true, "pair": true, "spans": true,
}

// rowFromObject reads the keys that a row may have; all others become metadata.
func rowFromObject(object map[string]any, place string) (*Row, error) {
	r := &Row{place: place}
	meta := map[string]any{}
	keys := make([]string, 0, len(object))
	for k := range object {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, key := range keys {
		value := object[key]
		var err error
		if value == nil && known[key] {
			continue // null is no value
		}
		switch key {
		case "prompt":
			r.Prompt, err = wantText(value)
		case "messages":
			r.Messages, err = wantMessages(value)
		case "response":
			var text string
			text, err = wantText(value)
			r.Response = &text
		case "id":
			var id *string
			if id, err = wantScalar(value); id != nil {
				r.ID = *id
			}
		case "label":
			r.Label, err = wantScalar(value)
		case "group":
			r.Group, err = wantScalar(value)
		case "split":
			r.Split, err = wantScalar(value)
		case "pair":
			r.Pair, err = wantScalar(value)
		case "spans":
			err = fmt.Errorf("declared spans are not supported yet")
		default:
			meta[key] = value
		}
		if err != nil {
			return nil, usage(fmt.Errorf("%s: key %q: %w", place, key, err), "see docs/datasets.md for what a row may hold")
		}
	}
	if object["prompt"] == nil && object["messages"] == nil {
		return nil, usage(fmt.Errorf("%s: neither prompt nor messages", place), "every row needs one of them; keys here: "+strings.Join(keys, ", "))
	}
	if object["messages"] != nil && len(r.Messages) == 0 {
		return nil, usage(fmt.Errorf("%s: messages is empty", place), "write at least one message")
	}
	text, err := json.Marshal(meta)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", place, err), "keys must be text")
	}
	r.Meta = string(text)
	return r, nil
}

func wantText(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", fmt.Errorf("want text, got %s", typeName(v))
}

// wantScalar reads text, a number or a truth value as text; null stays null.
func wantScalar(v any) (*string, error) {
	var s string
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		s = v
	case json.Number, bool, int, int64, uint64, float64:
		s = fmt.Sprint(v)
	default:
		return nil, fmt.Errorf("want text or a number, got %s", typeName(v))
	}
	return &s, nil
}

func wantMessages(v any) ([]models.Message, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("want a list of {role, content}, got %s", typeName(v))
	}
	out := make([]models.Message, len(list))
	for i, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("message %d: want {role, content}, got %s", i, typeName(item))
		}
		for key := range object {
			if key != "role" && key != "content" {
				return nil, fmt.Errorf("message %d: unknown key %q", i, key)
			}
		}
		var err error
		if out[i].Role, err = wantText(object["role"]); err != nil {
			return nil, fmt.Errorf("message %d: role: %w", i, err)
		}
		if out[i].Content, err = wantText(object["content"]); err != nil {
			return nil, fmt.Errorf("message %d: content: %w", i, err)
		}
	}
	return out, nil
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return "a truth value"
	case json.Number, int, int64, uint64, float64:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}

// BaseName is the dataset's file name without its folder, for the manifest.
func (d *Dataset) BaseName() string {
	if d.File == "" {
		return ""
	}
	return filepath.Base(d.File)
}
