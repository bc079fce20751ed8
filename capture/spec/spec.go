package spec

// Spec is a run, wholly described. The keys are those of the YAML file; the
// resolved spec, every default filled in, is part of the manifest.
type Spec struct {
	Model    string   `key:"model" json:"model"`
	Prompts  Prompts  `key:"prompts" json:"prompts"`
	Chat     Chat     `key:"chat" json:"chat"`
	Generate Generate `key:"generate" json:"generate"`
	Capture  Capture  `key:"capture" json:"capture"`
	Engine   Engine   `key:"engine" json:"engine"`
	Out      string   `key:"out" json:"-"` // where a run lies is no part of what it is

	folders map[string]string // that relative paths are meant from, by key; the working folder where none is named

	// The experiment (docs/experiments.md). A spec file alone sets these lists.
	Conditions   []Variant          `key:"conditions" json:"conditions,omitempty" yaml:"conditions"`
	Styles       []Variant          `key:"styles" json:"styles,omitempty" yaml:"styles"`
	Pairs        Pairs              `key:"pairs" json:"pairs,omitzero"`
	Split        map[string]float64 `key:"split" json:"split,omitempty" yaml:"split"`
	Spans        []SpanRule         `key:"spans" json:"spans,omitempty" yaml:"spans"`
	Knowledge    *Knowledge         `key:"knowledge" json:"knowledge,omitempty" yaml:"knowledge"`
	Followups    []Followup         `key:"followups" json:"followups,omitempty" yaml:"followups"`
	Alternatives []Alternatives     `key:"alternatives" json:"alternatives,omitempty" yaml:"alternatives"`

	// Interventions (docs/interventions.md).
	Interventions []Intervention `key:"interventions" json:"interventions,omitempty" yaml:"interventions"`
	Arms          []Arm          `key:"arms" json:"arms,omitempty" yaml:"arms"`
	Controls      *Controls      `key:"controls" json:"controls,omitempty" yaml:"controls"`
}

// Prompts says where the dataset is: exactly one of File, Rows and Text.
type Prompts struct {
	File   string   `key:"file" json:"file,omitempty"`
	Column string   `key:"column" json:"column,omitempty"` // key or column of File that holds them, if it is not called prompt
	Rows   Rows     `key:"rows" json:"rows,omitempty" yaml:"rows"`
	Text   []string `key:"text" json:"text,omitempty" list:"texts"`

	Prompt   string `key:"prompt" json:"prompt,omitempty"`     // template of the user's message
	Response string `key:"response" json:"response,omitempty"` // template of a given answer
}

// Generate says how responses are sampled.
type Generate struct {
	MaxTokens   int      `key:"max_tokens" json:"max_tokens"` // 0 captures the prompt alone
	Samples     int      `key:"samples" json:"samples"`       // per prompt
	Temperature float64  `key:"temperature" json:"temperature"`
	TopK        int      `key:"top_k" json:"top_k"`
	TopP        float64  `key:"top_p" json:"top_p"`
	MinP        float64  `key:"min_p" json:"min_p"`
	Seed        int64    `key:"seed" json:"seed"`
	Stop        []string `key:"stop" json:"stop" list:"texts"`
}

// Capture says what is written of each token, and of which.
type Capture struct {
	Hooks     []string `key:"hooks" json:"hooks" list:"hooks"`
	Tokens    string   `key:"tokens" json:"tokens"`           // an expression, see package selection
	DType     string   `key:"dtype" json:"dtype"`             // float32, float16
	Logprobs  string   `key:"logprobs" json:"logprobs"`       // response, all, none
	TopLogits int      `key:"top_logits" json:"top_logits"`   // how many logits unembed.hook_out keeps
	Group     Auto     `key:"group" json:"group"`             // samples that are committed together; 0 is auto
	Reduce    []string `key:"reduce" json:"reduce,omitempty"` // mean, last, max over the selected tokens
	Rows      bool     `key:"rows" json:"rows"`               // false: the reductions instead of the rows

	Probes      []string `key:"probes" json:"probes,omitempty" list:"names"` // direction files: FILE or FILE#NAME
	ForceProbes bool     `key:"force_probes" json:"force_probes,omitempty"`  // also those of another model or template
}

// Default gives every default: greedy, one sample, the output of every
// block at every token.
func Default() Spec {
	return Spec{
		Chat:     Chat{Template: "auto"},
		Generate: Generate{MaxTokens: 128, Samples: 1, TopK: 0, TopP: 1, Seed: 1, Stop: []string{}},
		Capture:  Capture{Hooks: []string{"resid_post"}, Tokens: "all", DType: "float32", Logprobs: "response", TopLogits: 10, Rows: true},
		Engine:   Engine{Weights: "as-is", FlashAttn: "auto", MemoryCheck: true, KVType: "auto", GPULayers: AutoLayers, SplitMode: "layer", RPCTimeout: 30},
	}
}
