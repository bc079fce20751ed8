package vector

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

var (
	someFacts = Facts{Model: Model{SHA256: "a", Architecture: "llama", Width: 4}, TemplateSHA256: "t", Adapters: []Adapter{}}
	mood      = Adapter{File: "mood.gguf", SHA256: "m", Scale: 1}
	calm      = Adapter{File: "calm.gguf", SHA256: "c", Scale: 0.5}
)

func TestAnotherModel(t *testing.T) {
	m := Meta{Width: 4, Model: &Model{SHA256: "a", Architecture: "llama"}, TemplateSHA256: "t", Adapters: []Adapter{}}
	require.Empty(t, m.Differences(someFacts))
	require.Empty(t, (&Meta{}).Differences(someFacts), "nothing is known")
	require.Empty(t, m.Differences(Facts{}), "nothing is known")
	require.Len(t, m.Differences(Facts{Model: Model{SHA256: "b", Architecture: "qwen2", Width: 5}, TemplateSHA256: "u", Adapters: []Adapter{mood}}), 5)
}

func TestAnotherTemplate(t *testing.T) {
	for _, c := range []struct{ file, now, says string }{
		{"", "t", ""},
		{"t", "", ""},
		{"", rundir.RawText, ""},
		{rundir.RawText, rundir.RawText, ""},
		{rundir.RawText, "t", "chat template: none (raw text) in the file, sha256 t now"},
		{"t", rundir.RawText, "chat template: sha256 t in the file, none (raw text) now"},
		{"t", "u", "chat template: sha256 t in the file, sha256 u now"},
	} {
		differ := (&Meta{TemplateSHA256: c.file}).Differences(Facts{TemplateSHA256: c.now})
		if c.says == "" {
			require.Empty(t, differ, c)
			continue
		}
		require.Equal(t, []string{c.says}, differ)
	}
}

func TestOtherAdapters(t *testing.T) {
	moved, louder, off := mood, mood, calm
	moved.File, louder.Scale, off.Scale = "elsewhere.gguf", 2, 0
	for _, c := range []struct {
		file, now []Adapter
		says      string
	}{
		{nil, []Adapter{mood}, ""},
		{[]Adapter{mood}, nil, ""},
		{nil, []Adapter{}, ""},
		{[]Adapter{}, []Adapter{}, ""},
		{[]Adapter{mood}, []Adapter{moved}, ""},
		{[]Adapter{mood, calm}, []Adapter{calm, mood}, ""},
		{[]Adapter{}, []Adapter{off}, ""},
		{[]Adapter{mood}, []Adapter{}, "adapters: mood.gguf of scale 1 (sha256 m) in the file, none now"},
		{[]Adapter{}, []Adapter{mood}, "adapters: none in the file, mood.gguf of scale 1 (sha256 m) now"},
		{[]Adapter{mood}, []Adapter{louder}, "adapters: mood.gguf of scale 1 (sha256 m) in the file, mood.gguf of scale 2 (sha256 m) now"},
		{[]Adapter{mood}, []Adapter{mood, mood}, "adapters: mood.gguf of scale 1 (sha256 m) in the file, mood.gguf of scale 1 (sha256 m), mood.gguf of scale 1 (sha256 m) now"},
		{[]Adapter{mood}, []Adapter{calm, mood}, "adapters: mood.gguf of scale 1 (sha256 m) in the file, calm.gguf of scale 0.5 (sha256 c), mood.gguf of scale 1 (sha256 m) now"},
	} {
		differ := (&Meta{Adapters: c.file}).Differences(Facts{Adapters: c.now})
		if c.says == "" {
			require.Empty(t, differ, c)
			continue
		}
		require.Equal(t, []string{c.says}, differ)
	}
}

// That there are no adapters is said, and read again as that.
func TestNoAdaptersAreNotUnknownOnes(t *testing.T) {
	for text, adapters := range map[string][]Adapter{
		`{"version":1,"kind":"direction","layer_convention":"x","d_model":0}`:                                                          nil,
		`{"version":1,"kind":"direction","layer_convention":"x","d_model":0,"adapters":[]}`:                                            {},
		`{"version":1,"kind":"direction","layer_convention":"x","d_model":0,"adapters":[{"file":"mood.gguf","sha256":"m","scale":1}]}`: {mood},
	} {
		wrote, err := json.Marshal(Meta{Version: 1, Kind: Directions, LayerConvention: "x", Adapters: adapters})
		require.NoError(t, err)
		require.Equal(t, text, string(wrote))
		var read Meta
		require.NoError(t, json.Unmarshal(wrote, &read))
		require.Equal(t, adapters, read.Adapters)
	}
}

func TestTheTemplateOfARun(t *testing.T) {
	const sum = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" // of "x", by sha256sum
	for _, c := range []struct{ spec, model, says, want string }{
		{``, "t", "", ""},
		{`{"chat":{"template":"auto"}}`, "t", "", "t"},
		{`{"chat":{"template":"auto"}}`, "", "", rundir.RawText},
		{`{"chat":{"template":"none"}}`, "t", "", rundir.RawText},
		{`{"chat":{"template":"f.jinja","text":"x"}}`, "t", "", sum},
		{`{"chat":{"template":"auto","template_name":"rag"}}`, "t", "", ""},
		{`{"chat":{"template":"auto","vars":{"tools":[]}}}`, "t", "", ""},
		{`{"chat":{"template":"auto","template_name":"rag"}}`, "t", "r", "r"},
		{`{"chat":{"template":"none"}}`, "", rundir.RawText, rundir.RawText},
	} {
		m := &rundir.Manifest{Spec: json.RawMessage(c.spec), Template: c.says}
		m.Model.ChatTemplateSHA256 = c.model
		require.Equal(t, c.want, TemplateOf(m), c.spec)
	}
}
