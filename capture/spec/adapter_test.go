package spec

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
)

func TestAdaptersAreWrittenInSeveralWays(t *testing.T) {
	want := []Adapter{{"a.gguf", 0.5}, {"b.gguf", 1}}
	for _, text := range []string{
		"engine: {adapters: [{file: a.gguf, scale: 0.5}, b.gguf]}",
		"engine: {adapters: ['a.gguf:0.5', {file: b.gguf}]}",
		"engine:\n  adapters:\n    - file: a.gguf\n      scale: 5e-1\n    - 'b.gguf:1'\n",
	} {
		assert.Equal(t, want, readSpec(t, text).Engine.Adapters, text)
	}
	l := Layer{}
	require.NoError(t, l.Set("--adapter", "engine.adapters", "a.gguf:0.5", true))
	require.NoError(t, l.Set("--adapter", "engine.adapters", "b.gguf", true))
	s := Default()
	s.Apply(l)
	assert.Equal(t, want, s.Engine.Adapters)

	text, err := json.Marshal(s)
	require.NoError(t, err)
	again, err := ReadJSON(text)
	require.NoError(t, err)
	assert.Equal(t, want, again.Engine.Adapters, "as the manifest keeps them")
	_, err = ReadJSON([]byte(`{"engine": {"adapters": [{"file": "a", "scael": 1}]}}`))
	require.ErrorContains(t, err, "scael")
}

func TestAScaleFollowsTheLastColon(t *testing.T) {
	for text, want := range map[string]Adapter{
		"a": {"a", 1}, "a:2": {"a", 2}, "a:-0.5": {"a", -0.5}, "C:/a.gguf": {"C:/a.gguf", 1}, "a:b:3": {"a:b", 3}, "a:x": {"a:x", 1}, ":2": {"", 2}, "a:1e999": {"a", math.Inf(1)},
	} {
		assert.Equal(t, want, ReadAdapter(text), text)
	}
}

func TestAdaptersThatCannotBeMeant(t *testing.T) {
	for _, c := range []struct {
		engine Engine
		want   string
	}{
		{Engine{Adapters: []Adapter{{"", 1}}}, "engine.adapters[0] names no file"},
		{Engine{Adapters: []Adapter{{"a", 1}, {"b", math.NaN()}}}, "engine.adapters[1]: the scale of b is NaN"},
		{Engine{Adapters: []Adapter{{"a", math.Inf(-1)}}}, "-Inf"},
		{Engine{Adapters: []Adapter{{"a", 1}, {"b", 1}, {"c", 1}}}, "names 3 files; 2 can be used at once"},
		{Engine{Adapters: []Adapter{{"a", 1}}, SplitMode: "row"}, "split_mode row"},
	} {
		expect.Refused(t, c.engine.CheckAdapters(), c.want)
	}
	require.NoError(t, (&Engine{Adapters: []Adapter{{"a", 0}, {"b", -2}}, SplitMode: "layer"}).CheckAdapters())
}

// Paths start from the spec's folder, like that of the prompts.
func TestAdaptersLieBesideTheSpec(t *testing.T) {
	s := Default()
	s.Engine.Adapters = []Adapter{{"a.gguf", 1}, {"/b.gguf", 1}}
	s.setFolder("engine.adapters", "folder")
	paths, err := s.AdapterFiles()
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join("folder", "a.gguf"), "/b.gguf"}, paths)
}

// What follows the colon was meant as a scale where there is such a file, or it could be one.
func TestScalesThatAreNoNumbers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.gguf", "plain", "b.gguf:0.5x"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	for text, scale := range map[string]string{"a.gguf:0.5x": "0.5x", "a.gguf:": "", "plain:half": "half", "gone.GGUF:1,5": "1,5"} {
		s := Default()
		s.Engine.Adapters = []Adapter{ReadAdapter(text)}
		s.setFolder("engine.adapters", dir)
		_, err := s.AdapterFiles()
		expect.Refused(t, err, fmt.Sprintf("the scale of %s is %q, which is no number", strings.TrimSuffix(text, ":"+scale), scale))
	}
	for _, text := range []string{"a.gguf", "a.gguf:2", "b.gguf:0.5x", "gone", "gone:x", "gone.gguf", "x.gguf:y/gone"} {
		s := Default()
		s.Engine.Adapters = []Adapter{ReadAdapter(text)}
		s.setFolder("engine.adapters", dir)
		_, err := s.AdapterFiles()
		require.NoError(t, err, text)
	}
}

func TestSamplesNameTheirAdapters(t *testing.T) {
	assert.Nil(t, (&Engine{}).AdapterColumn())
	assert.Equal(t, "lie+calm@-0.5", *(&Engine{Adapters: []Adapter{{"x/lie.gguf", 1}, {"calm.gguf", -0.5}}}).AdapterColumn())
}
