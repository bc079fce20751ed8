package spec

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheSpecOfAManifestIsTheSameSpec(t *testing.T) {
	text, err := os.ReadFile("testdata/experiment.yaml")
	require.NoError(t, err)
	spec := validSpec()
	applySpec(t, &spec, string(text))
	require.NoError(t, spec.Validate())
	text, err = json.Marshal(spec)
	require.NoError(t, err)
	back, err := ReadJSON(text)
	require.NoError(t, err)
	require.NoError(t, back.Validate())
	again, err := json.Marshal(back)
	require.NoError(t, err)
	assert.JSONEq(t, string(text), string(again))
	back.Prompts.Rows, spec.Prompts.Rows = nil, nil // numbers in them keep their digits
	assert.Equal(t, spec, back)
	_, err = ReadJSON([]byte(strings.Replace(string(text), `"prefill"`, `"prefil"`, 1)))
	assert.ErrorContains(t, err, "prefil")
}
