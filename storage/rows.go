package storage

// Row is what a captured token carries beside its activations.
type Row struct {
	Position  int32
	TokenID   int32
	Token     string // valid UTF-8
	Phase     int8   // index into Phases
	Role      int8   // index into Roles
	Generated bool
	Turn int32
	Reasoning bool
	Logprob   float32  // NaN is written as null
	Entropy   float32  // likewise
	Spans     []string // names of the declared spans that the token lies in
}

// Sample is one row of the samples table. The writer fills in SampleID, File,
// FirstRow and Rows.
type Sample struct {
	SampleID       int64    `json:"sample_id"`
	PromptID       string   `json:"prompt_id"`
	Sample         int32    `json:"sample"`
	Label          *string  `json:"label"`
	Group          *string  `json:"group"`
	Split          *string  `json:"split"`
	Pair           *string  `json:"pair"`
	Question, Condition, Style, Stage, Followup *string
	FirstPosition int32
	Alternatives []string
	AlternativeLogprobs []float64
	ParentSampleID *int64   `json:"parent_sample_id"`
	Prompt         string   `json:"prompt"` // rendered text
	Response       string   `json:"response"`
	FinishReason   string   `json:"finish_reason"` // stop, length, given
	PromptTokens   int32    `json:"prompt_tokens"`
	ResponseTokens int32    `json:"response_tokens"`
	Seed           *int64   `json:"seed"`    // null where nothing was drawn
	Logprob        *float64 `json:"logprob"` // sum over the response, nats
	File           string   `json:"file"`
	FirstRow       int64    `json:"first_row"`
	Rows           int64    `json:"rows"`
	Meta           string   `json:"meta"` // JSON text
}

var Reductions = []string{"mean","last","max"}
