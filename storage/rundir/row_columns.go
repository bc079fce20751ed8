package rundir

import (
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
)

// RowColumns are what rows carry beside their activations, in the order of the columns.
var RowColumns = Columns[Row]{
	{Field: arrow.Field{Name: "sample_id", Type: arrow.PrimitiveTypes.Int64},
		Doc: "row in `samples`"},
	{Field: arrow.Field{Name: "position", Type: arrow.PrimitiveTypes.Int32}, In: func(r *Row) any { return &r.Position },
		Doc: `place in the sequence, 0 first; a follow-up's continue its parent's`},
	{Field: arrow.Field{Name: "token_id", Type: arrow.PrimitiveTypes.Int32}, In: func(r *Row) any { return &r.TokenID }, Show: func(r *Row) string { return fmt.Sprintf("%d %q", r.TokenID, r.Token) },
		Doc: `the token **consumed** at this position; the state in this row is the one that predicts the next`},
	{Field: arrow.Field{Name: "token", Type: arrow.BinaryTypes.String}, In: func(r *Row) any { return &r.Token },
		Doc: "its text, control tokens spelt out; a byte that is not UTF-8 by itself as `<0xE2>`"},
	{Field: arrow.Field{Name: "phase", Type: PhaseType}, In: func(r *Row) any { return &r.Phase },
		Doc: "`prompt`, `response`; `followup`: every row of a follow-up, its question and its answer"},
	{Field: arrow.Field{Name: "role", Type: roleType}, In: func(r *Row) any { return &r.Role },
		Doc: "`system`, `user`, `assistant`, `tool`, `developer`: whose words these are ([conversations](datasets.md#conversations)); `template`: what the chat template or the tokenizer put around them"},
	{Field: arrow.Field{Name: "turn", Type: arrow.PrimitiveTypes.Int32}, In: func(r *Row) any { return &r.Turn },
		Doc: `number of the message, 0 first, whose turn the token is in; a template's tokens belong to the turn that they open or close; -1 where there are no turns (raw text)`},
	{Field: arrow.Field{Name: "generated", Type: arrow.FixedWidthTypes.Boolean}, In: func(r *Row) any { return &r.Generated },
		Doc: `sampled by the model (true), or given (false)`},
	{Field: arrow.Field{Name: "reasoning", Type: arrow.FixedWidthTypes.Boolean}, In: func(r *Row) any { return &r.Reasoning },
		Doc: `of the reasoning part of the assistant's last turn`},
	{Field: arrow.Field{Name: "stop", Type: arrow.FixedWidthTypes.Boolean}, In: func(r *Row) any { return &r.Stop },
		Doc: `a [stop token](#stop-texts): after the response, of the stop text that ended it`},
	{Field: arrow.Field{Name: "logprob", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, In: func(r *Row) any { return &r.Logprob }, Compare: Score,
		Doc: `log-probability of this token after its prefix, nats, at temperature 1; null where not asked for and at position 0`},
	{Field: arrow.Field{Name: "entropy", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, In: func(r *Row) any { return &r.Entropy }, Compare: Score,
		Doc: `of the distribution that this row predicts, nats, at temperature 1; null where not asked for`},
	{Field: arrow.Field{Name: "spans", Type: arrowfile.ListOf(arrow.BinaryTypes.String)}, In: func(r *Row) any { return &r.Spans },
		Doc: `names of the declared spans that the token is in: any of its bytes are`},
	{Field: arrow.Field{Name: "edited", Type: arrowfile.ListOf(arrow.BinaryTypes.String)}, In: func(r *Row) any { return &r.Edited }, Optional: true,
		Doc: "optional: names of the interventions that changed the state of this token, in their order; empty where none did"},
	{Field: arrow.Field{Name: "scores", Type: arrowfile.ListOf(arrow.PrimitiveTypes.Float64)}, In: func(r *Row) any { return &r.Scores }, Optional: true, Compare: Score,
		Doc: "optional: what the probes of `when` gave for this token, in the order of the spec; empty where none was asked"},
}

// RequiredRowFields are the columns that are the same in every activations file.
var RequiredRowFields = RowColumns.required()

// ProbeRowColumns are the columns of probes in activations, in their order.
func ProbeRowColumns(probes []string) (out Columns[Row]) {
	for i, name := range probes {
		out = append(out, Column[Row]{
			Field: arrow.Field{Name: ProbeColumn(name), Type: arrow.PrimitiveTypes.Float32},
			In:    func(r *Row) any { return at(&r.Probes, i, len(probes)) }, Optional: true, Compare: Score,
		})
	}
	return out
}

// RowColumnsWith are RowColumns and the columns of probes.
func RowColumnsWith(probes []string) Columns[Row] {
	return slices.Concat(RowColumns, ProbeRowColumns(probes))
}

// RowColumnsOf are RowColumns and the columns of probes that a schema of activations has.
func RowColumnsOf(schema *arrow.Schema) Columns[Row] {
	return RowColumnsWith(probesIn(schema.Fields(), "", false))
}
