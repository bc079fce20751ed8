package verify

import (
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/rundir"
)

// Places of the columns of activations that rules between columns read.
var (
	atSampleID  = place(rundir.RequiredRowFields, "sample_id")
	atPosition  = place(rundir.RequiredRowFields, "position")
	atPhase     = place(rundir.RequiredRowFields, "phase")
	atRole      = place(rundir.RequiredRowFields, "role")
	atGenerated = place(rundir.RequiredRowFields, "generated")
	atReasoning = place(rundir.RequiredRowFields, "reasoning")
	atStop      = place(rundir.RequiredRowFields, "stop")
	atLogprob   = place(rundir.RequiredRowFields, "logprob")
	atEntropy   = place(rundir.RequiredRowFields, "entropy")
)

// Places of the columns of samples that rules between columns read.
var (
	colSampleID       = place(rundir.RequiredSampleFields, "sample_id")
	colSample         = place(rundir.RequiredSampleFields, "sample")
	colParent         = place(rundir.RequiredSampleFields, "parent_sample_id")
	colPromptTokens   = place(rundir.RequiredSampleFields, "prompt_tokens")
	colResponseTokens = place(rundir.RequiredSampleFields, "response_tokens")
	colStopTokens     = place(rundir.RequiredSampleFields, "stop_tokens")
	colFirstPosition  = place(rundir.RequiredSampleFields, "first_position")
	colSeed           = place(rundir.RequiredSampleFields, "seed")
	colFirstRow       = place(rundir.RequiredSampleFields, "first_row")
	colRows           = place(rundir.RequiredSampleFields, "rows")
)

// place gives the place of a column, which is one of the fields.
func place(fields []arrow.Field, name string) int {
	at := slices.IndexFunc(fields, func(f arrow.Field) bool { return f.Name == name })
	if at < 0 {
		panic("verify: there is no column " + name)
	}
	return at
}
