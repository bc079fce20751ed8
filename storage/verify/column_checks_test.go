package verify

import (
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// Each rule is of a column that a run has, and of one that holds what it reads:
// else it would never be asked.
func TestRulesAreOfColumnsThatThereAre(t *testing.T) {
	fixed := func(f arrow.Field) bool {
		_, ok := f.Type.(arrow.FixedWidthDataType)
		return ok
	}
	for name := range rowValues {
		f := rundir.RequiredRowFields[place(rundir.RequiredRowFields, name)]
		require.True(t, fixed(f), name)
	}
	for name := range sampleValues {
		require.True(t, fixed(rundir.SampleColumns.Named(name).Field), name)
	}
	for name := range sampleTexts {
		require.False(t, fixed(rundir.SampleColumns.Named(name).Field), name)
	}
	require.Panics(t, func() { place(rundir.RequiredRowFields, "colour") })
}
