package storage

import (
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/rundir"
)

// Places of columns in files of activations.
var (
	rowSampleID  = rowPlace("sample_id")
	rowPosition  = rowPlace("position")
	rowTokenID   = rowPlace("token_id")
	rowToken     = rowPlace("token")
	rowPhase     = rowPlace("phase")
	rowRole      = rowPlace("role")
	rowTurn      = rowPlace("turn")
	rowGenerated = rowPlace("generated")
	rowReasoning = rowPlace("reasoning")
	rowStop      = rowPlace("stop")
	rowLogprob   = rowPlace("logprob")
	rowEntropy   = rowPlace("entropy")
	rowColumns   = len(rundir.RequiredRowFields)
)

func rowPlace(name string) int {
	return slices.IndexFunc(rundir.RequiredRowFields, func(f arrow.Field) bool { return f.Name == name })
}
