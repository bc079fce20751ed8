package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func checkOne(t *testing.T, p pkg) []string {
	t.Helper()
	text, err := json.Marshal(p)
	require.NoError(t, err)
	faults, err := check(strings.NewReader(string(text)))
	require.NoError(t, err)
	return faults
}

// A checker that reports nothing cannot be told from one that checks nothing:
// one planted fault for each rule, and clean controls.
func TestPlantedFaults(t *testing.T) {
	for _, p := range []pkg{
		{ImportPath: "intentprobe/hooks", Imports: []string{"intentprobe/models"}},
		{ImportPath: "intentprobe/storage", Imports: []string{"intentprobe/hooks"}},
		{ImportPath: "intentprobe/models", Imports: []string{"intentprobe/storage"}},
		{ImportPath: "intentprobe/models", TestImports: []string{"intentprobe/storage"}},
		{ImportPath: "intentprobe/capture", Imports: []string{"intentprobe/cmd/capture"}},
		{ImportPath: "intentprobe/util", Imports: []string{"intentprobe/hooks"}},
		{ImportPath: "intentprobe/capture/spec", Imports: []string{"intentprobe/models"}},
		{ImportPath: "intentprobe/capture/dataset", Imports: []string{"intentprobe/models"}},
		{ImportPath: "intentprobe/capture/dataset", Imports: []string{"go.yaml.in/yaml/v3"}},
		{ImportPath: "intentprobe/capture", Imports: []string{"C"}},
		{ImportPath: "intentprobe/storage", Imports: []string{"C"}},
		{ImportPath: "intentprobe/capture", Imports: []string{"github.com/spf13/viper"}},
		{ImportPath: "intentprobe/models", Imports: []string{"github.com/spf13/cobra"}},
		{ImportPath: "intentprobe/capture", Imports: []string{"github.com/apache/arrow/go/v17/arrow"}},
		{ImportPath: "intentprobe/capture", XTestImports: []string{"github.com/apache/arrow/go/v17/arrow/ipc"}},
		{ImportPath: "intentprobe/hooks", Imports: []string{"github.com/stretchr/testify/assert"}},
	} {
		assert.Len(t, checkOne(t, p), 1, "%+v", p)
	}
}

// A new package is told of even where it imports nothing.
func TestAPackageThatIsNotInTheTable(t *testing.T) {
	faults := checkOne(t, pkg{ImportPath: "intentprobe/capture/unlisted"})
	require.Len(t, faults, 1)
	assert.Contains(t, faults[0], "capture/unlisted has no line")
}

func TestCleanControls(t *testing.T) {
	for _, p := range []pkg{
		{ImportPath: "intentprobe/cmd/capture", Imports: []string{"github.com/spf13/viper", "intentprobe/capture", "fmt"}},
		{ImportPath: "intentprobe/models", Imports: []string{"C", "intentprobe/hooks"}},
		{ImportPath: "intentprobe/storage", Imports: []string{"github.com/apache/arrow/go/v17/arrow"}, TestImports: []string{"github.com/stretchr/testify/assert"}},
		{ImportPath: "intentprobe/scripts/demo", Imports: []string{"intentprobe/storage"}},
	} {
		assert.Empty(t, checkOne(t, p), "%+v", p)
	}
	_, err := check(strings.NewReader(""))
	require.Error(t, err, "nothing to check is no success")
}
