package rundir

import (
	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// SampleColumns are the columns of samples that are no reductions, in their order.
var SampleColumns = Columns[Sample]{
	{Field: arrow.Field{Name: "sample_id", Type: arrow.PrimitiveTypes.Int64}, In: func(s *Sample) any { return &s.SampleID }},
	{Field: TextField("prompt_id", false), In: func(s *Sample) any { return &s.PromptID }},
	{Field: arrow.Field{Name: "sample", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.Sample }},
	{Field: TextField("label", true), In: func(s *Sample) any { return &s.Label }},
	{Field: TextField("group", true), In: func(s *Sample) any { return &s.Group }},
	{Field: TextField("split", true), In: func(s *Sample) any { return &s.Split }},
	{Field: TextField("pair", true), In: func(s *Sample) any { return &s.Pair }},
	{Field: TextField("question", true), In: func(s *Sample) any { return &s.Question }},
	{Field: TextField("condition", true), In: func(s *Sample) any { return &s.Condition }},
	{Field: TextField("style", true), In: func(s *Sample) any { return &s.Style }},
	{Field: TextField("stage", true), In: func(s *Sample) any { return &s.Stage }},
	{Field: arrow.Field{Name: "parent_sample_id", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, In: func(s *Sample) any { return &s.ParentSampleID }},
	{Field: TextField("followup", true), In: func(s *Sample) any { return &s.Followup }},
	{Field: TextField("prompt", false), In: func(s *Sample) any { return &s.Prompt }},
	{Field: TextField("response", false), In: func(s *Sample) any { return &s.Response }},
	{Field: TextField("finish_reason", false), In: func(s *Sample) any { return &s.FinishReason }},
	{Field: arrow.Field{Name: "prompt_tokens", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.PromptTokens }},
	{Field: arrow.Field{Name: "response_tokens", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.ResponseTokens }},
	{Field: arrow.Field{Name: "stop_tokens", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.StopTokens }},
	{Field: arrow.Field{Name: "first_position", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.FirstPosition }},
	{Field: arrow.Field{Name: "seed", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, In: func(s *Sample) any { return &s.Seed }},
	{Field: arrow.Field{Name: "logprob", Type: arrow.PrimitiveTypes.Float64, Nullable: true}, In: func(s *Sample) any { return &s.Logprob }},
	{Field: arrow.Field{Name: "alternatives", Type: arrowfile.ListOf(arrow.BinaryTypes.String)}, In: func(s *Sample) any { return &s.Alternatives }},
	{Field: arrow.Field{Name: "alternative_logprobs", Type: arrowfile.ListOf(arrow.PrimitiveTypes.Float64)}, In: func(s *Sample) any { return &s.AlternativeLogprobs }},
	{Field: TextField("file", false), In: func(s *Sample) any { return &s.File }},
	{Field: arrow.Field{Name: "first_row", Type: arrow.PrimitiveTypes.Int64}, In: func(s *Sample) any { return &s.FirstRow }},
	{Field: arrow.Field{Name: "rows", Type: arrow.PrimitiveTypes.Int64}, In: func(s *Sample) any { return &s.Rows }},
	{Field: TextField("meta", false), In: func(s *Sample) any { return &s.Meta }},
	{Field: ReducedTokens, In: func(s *Sample) any { return &s.ReducedTokens }, Optional: true},
}

func TextField(name string, nullable bool) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: nullable}
}

// RequiredSampleFields are the columns that are the same in every samples file.
var RequiredSampleFields = SampleColumns.required()
