package storage

import (
	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// samplesFields are the columns of samples that are no reductions, in their order.
var samplesFields = fields[Sample]{
	{Field: arrow.Field{Name: "sample_id", Type: arrow.PrimitiveTypes.Int64}, in: func(s *Sample) any { return &s.SampleID }},
	{Field: textField("prompt_id", false), in: func(s *Sample) any { return &s.PromptID }},
	{Field: arrow.Field{Name: "sample", Type: arrow.PrimitiveTypes.Int32}, in: func(s *Sample) any { return &s.Sample }},
	{Field: textField("label", true), in: func(s *Sample) any { return &s.Label }},
	{Field: textField("group", true), in: func(s *Sample) any { return &s.Group }},
	{Field: textField("split", true), in: func(s *Sample) any { return &s.Split }},
	{Field: textField("pair", true), in: func(s *Sample) any { return &s.Pair }},
	{Field: textField("question", true), in: func(s *Sample) any { return &s.Question }},
	{Field: textField("condition", true), in: func(s *Sample) any { return &s.Condition }},
	{Field: textField("style", true), in: func(s *Sample) any { return &s.Style }},
	{Field: textField("stage", true), in: func(s *Sample) any { return &s.Stage }},
	{Field: arrow.Field{Name: "parent_sample_id", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, in: func(s *Sample) any { return &s.ParentSampleID }},
	{Field: textField("followup", true), in: func(s *Sample) any { return &s.Followup }},
	{Field: textField("prompt", false), in: func(s *Sample) any { return &s.Prompt }},
	{Field: textField("response", false), in: func(s *Sample) any { return &s.Response }},
	{Field: textField("finish_reason", false), in: func(s *Sample) any { return &s.FinishReason }},
	{Field: arrow.Field{Name: "prompt_tokens", Type: arrow.PrimitiveTypes.Int32}, in: func(s *Sample) any { return &s.PromptTokens }},
	{Field: arrow.Field{Name: "response_tokens", Type: arrow.PrimitiveTypes.Int32}, in: func(s *Sample) any { return &s.ResponseTokens }},
	{Field: arrow.Field{Name: "stop_tokens", Type: arrow.PrimitiveTypes.Int32}, in: func(s *Sample) any { return &s.StopTokens }},
	{Field: arrow.Field{Name: "first_position", Type: arrow.PrimitiveTypes.Int32}, in: func(s *Sample) any { return &s.FirstPosition }},
	{Field: arrow.Field{Name: "seed", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, in: func(s *Sample) any { return &s.Seed }},
	{Field: arrow.Field{Name: "logprob", Type: arrow.PrimitiveTypes.Float64, Nullable: true}, in: func(s *Sample) any { return &s.Logprob }},
	{Field: arrow.Field{Name: "alternatives", Type: arrowfile.ListOf(arrow.BinaryTypes.String)}, in: func(s *Sample) any { return &s.Alternatives }},
	{Field: arrow.Field{Name: "alternative_logprobs", Type: arrowfile.ListOf(arrow.PrimitiveTypes.Float64)}, in: func(s *Sample) any { return &s.AlternativeLogprobs }},
	{Field: textField("file", false), in: func(s *Sample) any { return &s.File }},
	{Field: arrow.Field{Name: "first_row", Type: arrow.PrimitiveTypes.Int64}, in: func(s *Sample) any { return &s.FirstRow }},
	{Field: arrow.Field{Name: "rows", Type: arrow.PrimitiveTypes.Int64}, in: func(s *Sample) any { return &s.Rows }},
	{Field: textField("meta", false), in: func(s *Sample) any { return &s.Meta }},
	{Field: reducedTokens, in: func(s *Sample) any { return &s.ReducedTokens }, optional: true},
}

func textField(name string, nullable bool) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: nullable}
}

// sampleFields are the columns that are the same in every samples file.
var sampleFields = samplesFields.required()
