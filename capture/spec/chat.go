package spec

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
	"intentprobe/models/chat"
)

// Chat says how messages become text.
type Chat struct {
	Template string `key:"template" json:"template"`   // auto, none, or a file with a template
	Text     string `key:"text" json:"text,omitempty"` // the template itself, where it is not the model's; filled in from the file
	System   string `key:"system" json:"system,omitempty"`
	Now      string `key:"now" json:"now,omitempty"`               // what strftime_now gives; today where the template asks and none is given
	Vars     Vars   `key:"vars" json:"vars,omitempty" yaml:"vars"` // the template's variables

	Reasoning string `key:"reasoning" json:"reasoning,omitempty"` // auto, none, or the tags that enclose it

	TemplateName string `key:"template_name" json:"template_name,omitempty"` // one of the model's named templates; empty: the default one
}

// MaxTemplateBytes is how large a file with a template may be.
const MaxTemplateBytes = 1 << 20

// IsRaw says whether prompts are text that no template renders.
func (c *Chat) IsRaw() bool { return c.Template == "none" && c.Text == "" }

// IsModels says whether the model's default template is to be used.
func (c *Chat) IsModels() bool {
	return c.Template == "auto" && c.Text == "" && c.TemplateName == ""
}

// ReadTemplate fills in the text of a template that is named by its file.
func (c *Chat) ReadTemplate() error {
	if c.Text != "" || c.Template == "auto" || c.Template == "none" || c.Template == "" {
		return nil
	}
	text, err := textfile.Read(c.Template, MaxTemplateBytes)
	if err != nil {
		return hint.Usage(fmt.Errorf("chat template: %w", err), "use auto, none, or a file that exists")
	}
	if c.Text = string(text); strings.TrimSpace(c.Text) == "" {
		return hint.Usage(fmt.Errorf("chat template %q is empty", c.Template), "use a file with a template, or ", hint.Key("chat.template"), " none for raw text")
	}
	return nil
}

// ParseNow reads a time for a template's clock: a date, with or without the time
// of day. A zone is taken as it stands.
func ParseNow(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, hint.Usage(fmt.Errorf("the time %q is none", s), "write 2026-01-02, or 2026-01-02 15:04:05")
}

// ReadVariable reads the value of a template's variable: JSON as that, and anything
// else as text.
func ReadVariable(place, value string) (json.RawMessage, error) {
	if !json.Valid([]byte(value)) {
		return chat.QuoteJSON(value), nil
	}
	out, err := textfile.ReadValue(value, "in the value")
	if err != nil {
		err = textfile.JSONError(place, err, "correct the value")
	}
	return out, err
}
