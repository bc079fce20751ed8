package metric

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What has no value is null in JSON and comes back as it was.
func TestJSONComesBack(t *testing.T) {
	for _, i := range []Interval{
		{Value: 0.75, Low: 0.5, High: 0.875, Level: 0.95, N: 40, Groups: 20, DF: 18.5, Method: ByT, Note: "20 groups"},
		{Value: math.NaN(), Low: 0, High: 1, Method: ByNothing},
	} {
		text, err := json.Marshal(i)
		require.NoError(t, err)
		var back Interval
		require.NoError(t, json.Unmarshal(text, &back))
		assert.True(t, back.Value == i.Value || math.IsNaN(back.Value) && math.IsNaN(i.Value))
		back.Value, i.Value = 0, 0
		assert.Equal(t, i, back)
	}
	for _, r := range []Threshold{
		{Control: "songs", Alpha: 0.01, Value: 1.5, Low: 1.25, High: 2, Level: 0.95, Rank: 198, N: 199, Groups: 199},
		{Control: "songs", Alpha: 0.01, Value: math.Inf(1), Low: 1, High: math.Inf(1), Rank: 41, N: 40},
		{Control: "songs", Value: 1, Low: math.Inf(-1), High: 2},
	} {
		text, err := json.Marshal(r)
		require.NoError(t, err)
		var back Threshold
		require.NoError(t, json.Unmarshal(text, &back))
		assert.Equal(t, r, back)
	}
	assert.Error(t, json.Unmarshal([]byte(`{"value": "high"}`), new(Interval)))
	assert.Error(t, json.Unmarshal([]byte(`{"low": []}`), new(Threshold)))
}
