package verify

import (
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/rundir"
)

// Places of the columns of activations that have checks of their own.
var (
	atSampleID  = place(rundir.RequiredRowFields, "sample_id")
	atPosition  = place(rundir.RequiredRowFields, "position")
	atTokenID   = place(rundir.RequiredRowFields, "token_id")
	atPhase     = place(rundir.RequiredRowFields, "phase")
	atRole      = place(rundir.RequiredRowFields, "role")
	atTurn      = place(rundir.RequiredRowFields, "turn")
	atGenerated = place(rundir.RequiredRowFields, "generated")
	atReasoning = place(rundir.RequiredRowFields, "reasoning")
	atStop      = place(rundir.RequiredRowFields, "stop")
	atLogprob   = place(rundir.RequiredRowFields, "logprob")
	atEntropy   = place(rundir.RequiredRowFields, "entropy")
)

// Places of the columns of samples that have checks of their own.
var (
	colSampleID            = place(rundir.RequiredSampleFields, "sample_id")
	colPromptID            = place(rundir.RequiredSampleFields, "prompt_id")
	colSample              = place(rundir.RequiredSampleFields, "sample")
	colStage               = place(rundir.RequiredSampleFields, "stage")
	colParent              = place(rundir.RequiredSampleFields, "parent_sample_id")
	colFollowup            = place(rundir.RequiredSampleFields, "followup")
	colFinish              = place(rundir.RequiredSampleFields, "finish_reason")
	colPromptTokens        = place(rundir.RequiredSampleFields, "prompt_tokens")
	colResponseTokens      = place(rundir.RequiredSampleFields, "response_tokens")
	colStopTokens          = place(rundir.RequiredSampleFields, "stop_tokens")
	colFirstPosition       = place(rundir.RequiredSampleFields, "first_position")
	colSeed                = place(rundir.RequiredSampleFields, "seed")
	colLogprob             = place(rundir.RequiredSampleFields, "logprob")
	colAlternatives        = place(rundir.RequiredSampleFields, "alternatives")
	colAlternativeLogprobs = place(rundir.RequiredSampleFields, "alternative_logprobs")
	colFile                = place(rundir.RequiredSampleFields, "file")
	colFirstRow            = place(rundir.RequiredSampleFields, "first_row")
	colRows                = place(rundir.RequiredSampleFields, "rows")
	colMeta                = place(rundir.RequiredSampleFields, "meta")
)

// place gives the place of a column in the schema.
func place(fields []arrow.Field, name string) int {
	return slices.IndexFunc(fields, func(f arrow.Field) bool { return f.Name == name })
}
