package rundir

import (
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// SampleColumns are the columns of samples that are no reductions, in their order.
var SampleColumns = Columns[Sample]{
	{Field: arrow.Field{Name: "sample_id", Type: arrow.PrimitiveTypes.Int64}, In: func(s *Sample) any { return &s.SampleID },
		Doc: `0, 1, 2, ... over the whole run`},
	{Field: TextField("prompt_id", false), In: func(s *Sample) any { return &s.PromptID }, Where: true,
		Doc: "`id` of the dataset row, or its number from 0"},
	{Field: arrow.Field{Name: "sample", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.Sample }, Where: true,
		Doc: `0 to samples-1 of its prompt`},
	{Field: TextField("label", true), In: func(s *Sample) any { return &s.Label }, Where: true,
		Doc: `from the dataset row, or from its condition or style`},
	{Field: TextField("group", true), In: func(s *Sample) any { return &s.Group }, Where: true},
	{Field: TextField("split", true), In: func(s *Sample) any { return &s.Split }, Where: true},
	{Field: TextField("pair", true), In: func(s *Sample) any { return &s.Pair }, Where: true},
	{Field: TextField("question", true), In: func(s *Sample) any { return &s.Question }, Where: true,
		Doc: `[what was asked, and how](experiments.md#questions-conditions-styles)`},
	{Field: TextField("condition", true), In: func(s *Sample) any { return &s.Condition }, Where: true},
	{Field: TextField("style", true), In: func(s *Sample) any { return &s.Style }, Where: true},
	{Field: TextField("stage", true), In: func(s *Sample) any { return &s.Stage }, Where: true,
		Doc: "`knowledge`: a neutral question [whether the model knows](experiments.md#does-it-know); null for all others"},
	{Field: arrow.Field{Name: "parent_sample_id", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, In: func(s *Sample) any { return &s.ParentSampleID },
		Doc: `of a [follow-up](experiments.md#after-the-answer): the sample that it continues, which is earlier in the same group; null for all others`},
	{Field: TextField("followup", true), In: func(s *Sample) any { return &s.Followup }, Where: true,
		Doc: "its name; null where `parent_sample_id` is"},
	{Field: TextField("prompt", false), In: func(s *Sample) any { return &s.Prompt },
		Doc: `the rendered text that the model read, without a BOS token that the tokenizer added; of a follow-up, its own part: what comes after the parent's response`},
	{Field: TextField("response", false), In: func(s *Sample) any { return &s.Response },
		Doc: `without the token that ended it, and cut before a stop text; bytes that form no UTF-8 are U+FFFD`},
	{Field: TextField("finish_reason", false), In: func(s *Sample) any { return &s.FinishReason }, Where: true,
		Doc: "`stop` (end of turn or a stop text), `length` (`max_tokens`), `given`"},
	{Field: arrow.Field{Name: "prompt_tokens", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.PromptTokens },
		Doc: `counts; the end-of-turn token that ended the response is counted, stop tokens are not, and of a follow-up only its own`},
	{Field: arrow.Field{Name: "response_tokens", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.ResponseTokens }},
	{Field: arrow.Field{Name: "stop_tokens", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.StopTokens },
		Doc: "how many [stop tokens](#stop-texts) come after the response; 0 where no stop text ended it. A sample has `prompt_tokens` + `response_tokens` + `stop_tokens` tokens"},
	{Field: arrow.Field{Name: "first_position", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.FirstPosition },
		Doc: `of the sample's first token: 0; of a follow-up, the parent's, and its prompt's and response's tokens, its stop tokens not counted`},
	{Field: arrow.Field{Name: "seed", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, In: func(s *Sample) any { return &s.Seed },
		Doc: `the sample's own, given to the sampler; null where nothing was drawn`},
	{Field: arrow.Field{Name: "logprob", Type: arrow.PrimitiveTypes.Float64, Nullable: true}, In: func(s *Sample) any { return &s.Logprob },
		Doc: "sum over the `response_tokens` tokens of the response, nats; null where not asked for, and where there are none"},
	{Field: arrow.Field{Name: "alternatives", Type: arrowfile.ListOf(arrow.BinaryTypes.String)}, In: func(s *Sample) any { return &s.Alternatives },
		Doc: `names of the [alternatives](experiments.md#alternatives) that were scored; may be empty`},
	{Field: arrow.Field{Name: "alternative_logprobs", Type: arrowfile.ListOf(arrow.PrimitiveTypes.Float64)}, In: func(s *Sample) any { return &s.AlternativeLogprobs },
		Doc: "log-probability of each, all its tokens, nats; as many as `alternatives`"},
	{Field: TextField("file", false), In: func(s *Sample) any { return &s.File }, Compare: Place,
		Doc: `where its activations lie`},
	{Field: arrow.Field{Name: "first_row", Type: arrow.PrimitiveTypes.Int64}, In: func(s *Sample) any { return &s.FirstRow }, Compare: Place},
	{Field: arrow.Field{Name: "rows", Type: arrow.PrimitiveTypes.Int64}, In: func(s *Sample) any { return &s.Rows }},
	{Field: TextField("meta", false), In: func(s *Sample) any { return &s.Meta },
		Doc: `a JSON object of the dataset row's other keys`},
	{Field: TextField("arm", true), In: func(s *Sample) any { return &s.Arm }, Optional: true, Where: true,
		Doc: "optional: name of the arm of the experiment that the sample belongs to, where a run has several; null for samples of none"},
	{Field: arrow.Field{Name: "edited_tokens", Type: arrow.PrimitiveTypes.Int32}, In: func(s *Sample) any { return &s.EditedTokens }, Optional: true,
		Doc: "optional: how many of the sample's tokens an intervention changed the state of, whether they have rows or not"},
	{Field: arrow.Field{Name: "edit_norm", Type: arrow.PrimitiveTypes.Float64, Nullable: true}, In: func(s *Sample) any { return &s.EditNorm }, Optional: true,
		Doc: "optional: Euclidean norm of all that was added to a row, and its ratio to the norm of the row before: means over the rows that were changed ([below](#interventions)); null where `edited_tokens` is 0"},
	{Field: arrow.Field{Name: "edit_ratio", Type: arrow.PrimitiveTypes.Float64, Nullable: true}, In: func(s *Sample) any { return &s.EditRatio }, Optional: true},
	{Field: arrow.Field{Name: "kl", Type: arrow.PrimitiveTypes.Float64, Nullable: true}, In: func(s *Sample) any { return &s.KL }, Optional: true,
		Doc: "optional: Kullback-Leibler divergence KL(none \\|\\| arm) of the distribution of the next token, nats, after the first edited token, or after the prompt's last where that is later; null in the arm `none` and where it was not taken"},
	{Field: TextField("adapter", true), In: func(s *Sample) any { return &s.Adapter }, Optional: true, Where: true,
		Doc: "optional: name of the [adapter](running.md#lora-adapters) (LoRA) that the model ran with: its file without the ending, `@SCALE` where that is not 1, and `+` between two; null where it ran without"},
	{Field: ReducedTokens, In: func(s *Sample) any { return &s.ReducedTokens }, Optional: true,
		Doc: "optional, with `capture.reduce`: how many tokens' activations were reduced"},
}

// TextField is a column of text.
func TextField(name string, nullable bool) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: nullable}
}

// RequiredSampleFields are the columns that are the same in every samples file.
var RequiredSampleFields = SampleColumns.required()

// Keys gives the columns by which a sample can be chosen, as text; nil where one is
// null.
func (s *Sample) Keys() map[string]*string {
	out := map[string]*string{}
	for i := range SampleColumns {
		c := &SampleColumns[i]
		if !c.Where {
			continue
		}
		switch v := c.In(s).(type) {
		case *string:
			out[c.Name] = v
		case **string:
			out[c.Name] = *v
		case *int32:
			text := strconv.Itoa(int(*v))
			out[c.Name] = &text
		}
	}
	return out
}

// ProbeSampleColumns are the pooled columns of probes in samples, in their order.
func ProbeSampleColumns(probes []string) (out Columns[Sample]) {
	n := len(probes) * len(Pooled)
	for i, name := range probes {
		for k, how := range Pooled {
			out = append(out, Column[Sample]{
				Field: arrow.Field{Name: ProbeColumn(name) + "." + how, Type: arrow.PrimitiveTypes.Float32, Nullable: true},
				In:    func(s *Sample) any { return at(&s.Probes, i*len(Pooled)+k, n) }, Optional: true, Compare: Exact,
			})
		}
	}
	return out
}

// SampleColumnsWith are SampleColumns and the columns of probes.
func SampleColumnsWith(probes []string) Columns[Sample] {
	return slices.Concat(SampleColumns, ProbeSampleColumns(probes))
}

// SampleColumnsOf are SampleColumns and the columns of probes that a schema of samples has.
func SampleColumnsOf(schema *arrow.Schema) Columns[Sample] {
	return SampleColumnsWith(probesIn(schema.Fields(), "."+Pooled[0], true))
}
