package rundir

// Row is what a captured token carries beside its activations.
type Row struct {
	Position  int32
	TokenID   int32
	Token     string // valid UTF-8
	Phase     int8   // index into Phases
	Role      int8   // index into Roles
	Turn      int32  // number of the message, 0 first, whose turn the token lies in; -1 where there are none
	Generated bool
	Reasoning bool     // of the reasoning part of the assistant's last turn
	Stop      bool     // wholly of the stop text that ended the response, or after it
	Logprob   float32  // NaN is written as null
	Entropy   float32  // likewise
	Spans     []string // names of the declared spans that the token lies in

	Edited []string  // names of the interventions that changed the token's state; written where the manifest lists edited
	Scores []float64 // of the probes of interventions; written where the manifest lists scores
}

// Sample is one row of the samples table. The writer fills in SampleID, File, FirstRow,
// Rows and ReducedTokens: what is known only once rows have their places in files.
type Sample struct {
	SampleID       int64    `json:"sample_id"`
	PromptID       string   `json:"prompt_id"`
	Sample         int32    `json:"sample"`
	Label          *string  `json:"label"`
	Group          *string  `json:"group"`
	Split          *string  `json:"split"`
	Pair           *string  `json:"pair"`
	Question       *string  `json:"question"`
	Condition      *string  `json:"condition"`
	Style          *string  `json:"style"`
	Stage          *string  `json:"stage"`            // knowledge; null for all others
	ParentSampleID *int64   `json:"parent_sample_id"` // of a follow-up
	Followup       *string  `json:"followup"`         // its name
	Prompt         string   `json:"prompt"`           // rendered text
	Response       string   `json:"response"`
	FinishReason   string   `json:"finish_reason"` // stop, length, given
	PromptTokens   int32    `json:"prompt_tokens"`
	ResponseTokens int32    `json:"response_tokens"`
	StopTokens     int32    `json:"stop_tokens"`    // after the response: of the stop text that ended it
	FirstPosition  int32    `json:"first_position"` // of its first token: 0 but for follow-ups, which continue their parent
	Seed           *int64   `json:"seed"`           // null where nothing was drawn
	Logprob        *float64 `json:"logprob"`        // sum over the response, nats

	Alternatives        []string  `json:"alternatives,omitempty"`         // names
	AlternativeLogprobs []float64 `json:"alternative_logprobs,omitempty"` // of each, nats

	File     string `json:"file"`
	FirstRow int64  `json:"first_row"`
	Rows     int64  `json:"rows"`
	Meta     string `json:"meta"` // JSON text

	Arm          *string  `json:"arm,omitempty"`           // of the experiment; written where the manifest lists arm
	EditedTokens int32    `json:"edited_tokens,omitempty"` // whose state an intervention changed; written where the manifest lists edited_tokens, and so the next three
	EditNorm     *float64 `json:"edit_norm,omitempty"`     // of all that was added to a row: mean over the changed rows; nil where there are none
	EditRatio    *float64 `json:"edit_ratio,omitempty"`    // likewise, to the norm of the row before
	KL           *float64 `json:"kl,omitempty"`            // of the next token's distribution in the arm none from this one, nats; nil where it was not taken

	Adapter *string `json:"adapter,omitempty"` // that the model ran with; written where the manifest lists adapter

	ReducedTokens *int32 `json:"reduced_tokens,omitempty"` // nil without reductions
}
