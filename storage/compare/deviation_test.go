package compare

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/storage/rundir"
)

func TestSampleDeviationNamesTheColumn(t *testing.T) {
	seed := int64(7)
	was := rundir.Sample{SampleID: 1, PromptID: "p0", Sample: 1, Prompt: "p", Response: "r", FinishReason: "stop", Seed: &seed, Meta: `{"topic": "tin"}`}
	is := was
	is.File, is.FirstRow = "activations-00007.arrow", 99
	assert.Nil(t, SampleDeviation(rundir.FormatVersion, was, is), "where rows lie does not matter")
	is.Response, is.Meta = "else", "{}"
	assert.Equal(t, &Deviation{SampleID: was.SampleID, PromptID: "p0", Position: -1, Column: "response", Then: "r", Now: "else"}, SampleDeviation(rundir.FormatVersion, was, is))
	is = was
	is.Seed = nil
	assert.Equal(t, "null", SampleDeviation(rundir.FormatVersion, was, is).Now)
}
