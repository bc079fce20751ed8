package vector

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intentprobe/storage/rundir"
)

// Facts are what the rows of a model depend on beside the prompts: what a direction was made
// with, and what it is used with. What is not known is empty, and Adapters nil.
type Facts struct {
	Model          Model
	TemplateSHA256 string    // of the chat template that renders the prompts, as hex text; rundir.RawText where none does
	Adapters       []Adapter // in the order of the spec; empty where the model runs without
}

// Adapter is a LoRA adapter that the model runs with.
type Adapter struct {
	File   string  `json:"file"`
	SHA256 string  `json:"sha256"`
	Scale  float64 `json:"scale"`
}

// AdaptersOf gives the adapters that a run has: empty, and not nil, where there are none.
func AdaptersOf(of []rundir.Adapter) []Adapter {
	out := []Adapter{}
	for _, a := range of {
		out = append(out, Adapter{a.File, a.SHA256, a.Scale})
	}
	return out
}

// facts gives what a file says of the model and the prompts.
func (m *Meta) facts() Facts {
	f := Facts{TemplateSHA256: m.TemplateSHA256, Adapters: m.Adapters}
	if m.Model != nil {
		f.Model = *m.Model
	}
	f.Model.Width = max(m.Width, f.Model.Width)
	return f
}

// Differences says what of a file's model, template and adapters is not that of a model that
// it is used with, one line each; what is not known differs in nothing.
func (m *Meta) Differences(now Facts) []string {
	was := m.facts()
	return append(was.Model.differences(now.Model), append(templateDiffers(was.TemplateSHA256, now.TemplateSHA256), adaptersDiffer(was.Adapters, now.Adapters)...)...)
}

func (m Model) differences(now Model) (out []string) {
	out = append(out, differs("architecture", m.Architecture, now.Architecture)...)
	out = append(out, differs("width", number(m.Width), number(now.Width))...)
	out = append(out, differs("layers", number(m.Layers), number(now.Layers))...)
	return append(out, differs("model's sha256", m.SHA256, now.SHA256)...)
}

func templateDiffers(was, now string) []string {
	return differs("chat template", templateText(was), templateText(now))
}

// adaptersDiffer compares adapters by their content and scale. Those of scale 0 change
// nothing, and their order does not matter.
func adaptersDiffer(was, now []Adapter) []string {
	if was == nil || now == nil || slices.Equal(adapterKeys(was), adapterKeys(now)) {
		return nil
	}
	return differs("adapters", AdaptersText(was), AdaptersText(now))
}

func adapterKeys(adapters []Adapter) (out []string) {
	for _, a := range adapters {
		if a.Scale != 0 {
			out = append(out, a.SHA256+" "+strconv.FormatFloat(a.Scale, 'g', -1, 64))
		}
	}
	slices.Sort(out)
	return out
}

// differs says in a line that something known is not what it was.
func differs(what, file, now string) []string {
	if file == "" || now == "" || file == now {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s in the file, %s now", what, file, now)}
}

// TemplateText says in words what rendered the prompts; it is empty where that is not known.
func (m *Meta) TemplateText() string { return templateText(m.TemplateSHA256) }

func templateText(sum string) string {
	switch sum {
	case "":
		return ""
	case rundir.RawText:
		return "none (raw text)"
	}
	return "sha256 " + sum
}

// AdaptersText lists adapters in words; empty where they are not known.
func AdaptersText(adapters []Adapter) string {
	if adapters == nil {
		return ""
	}
	if len(adapters) == 0 {
		return "none"
	}
	var out []string
	for _, a := range adapters {
		out = append(out, fmt.Sprintf("%s of scale %s (sha256 %s)", a.File, strconv.FormatFloat(a.Scale, 'g', -1, 64), a.SHA256))
	}
	return strings.Join(out, ", ")
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
