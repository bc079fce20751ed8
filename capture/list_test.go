package capture

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListsAreReadInEveryForm(t *testing.T) {
	for _, text := range []string{"a:1,b", "[a:1 b]", "[a:1, b]", " a:1  b ", `["a:1","b"]`} {
		var n Names
		require.NoError(t, n.UnmarshalText([]byte(text)))
		assert.Equal(t, Names{"a:1", "b"}, n, text)
	}
	var n Names
	require.NoError(t, json.Unmarshal([]byte(`["a:1", "b"]`), &n))
	assert.Equal(t, Names{"a:1", "b"}, n)
	require.NoError(t, json.Unmarshal([]byte(`[]`), &n))
	assert.Empty(t, n)
	var x Numbers
	require.NoError(t, x.UnmarshalText([]byte("3,1.5")))
	assert.Equal(t, Numbers{3, 1.5}, x)
	assert.ErrorContains(t, x.UnmarshalText([]byte("3,a")), `"a" is not a number`)
}

func TestLayersAreANumberOrAWord(t *testing.T) {
	for text, want := range map[string]Layers{"auto": AutoLayers, "all": AllLayers, "0": 0, "31": 31} {
		var n Layers
		require.NoError(t, n.UnmarshalText([]byte(text)))
		assert.Equal(t, want, n)
		out, err := json.Marshal(n)
		require.NoError(t, err)
		var back Layers
		require.NoError(t, json.Unmarshal(out, &back))
		assert.Equal(t, want, back)
	}
	for _, text := range []string{"-1", "some", "", "99999999999999999999", "3.5"} {
		var n Layers
		assert.ErrorContains(t, n.UnmarshalText([]byte(text)), "neither a number of layers", text)
	}
}
