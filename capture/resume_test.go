package capture

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/dataset"
	"intentprobe/capture/internal/expect"
	"intentprobe/storage/rundir"
)

func TestADatasetThatChangedSinceTheRunBegan(t *testing.T) {
	path := expect.File(t, "a.jsonl", `{"id":"a","x":"tin"}`+"\n")
	spec := experiment(t, "prompts: {file: "+path+`, prompt: "Is {x}?"}
conditions: [{name: h, system: "{x}"}, {name: l, system: no}]
pairs: {allow: true}
split: {train: 0.5, test: 0.5}
`)
	d, err := dataset.FromSpec(&spec)
	require.NoError(t, err)
	m := &rundir.Manifest{Spec: mustJSON(t, spec), Host: rundir.ThisHost(), Dataset: rundir.Dataset{SHA256: d.SHA256}}
	m.Host.Dataset = path
	_, changed := datasetChanged(m)
	assert.False(t, changed)
	require.NoError(t, os.WriteFile(path, []byte(`{"id":"a","x":"tea"}`+"\n"), 0o600))
	_, changed = datasetChanged(m)
	assert.True(t, changed)
}
