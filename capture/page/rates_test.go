package page

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/intent/rates"
)

// ratesReport is of three models of a family; the last one knows nothing.
func ratesReport(t *testing.T) *rates.Report {
	t.Helper()
	r := &rates.Report{Program: "1.0", Items: 90, Topics: []string{"capital"}}
	for n, parameters := range []float64{1e8, 4e8, 2e9} {
		var items []rates.Item
		for k := range 90 {
			i := rates.Item{ID: fmt.Sprint(k), Topic: fmt.Sprint(k % 5), Band: "common", Set: fmt.Sprint(k / 3), P: 0.9,
				Classify: rates.Said{True: 10, False: []int{0, 0}}, Measure: rates.Said{True: 10 - k%2, False: []int{k % 2, 0}},
				Arms: map[string]rates.Said{rates.Pressure: {True: n, False: []int{12 - n, 0}}, rates.Goal: {True: 12}, rates.Useless: {True: 12}}}
			if n == 2 {
				i.Classify = rates.Said{None: 10}
				i.Measure = rates.Said{None: 10}
			}
			items = append(items, i)
		}
		m := rates.Model{Name: fmt.Sprintf("<b>m%d", n), Family: "f", Parameters: parameters, Asked: "plain text", NotRead: "no probe: too few"}
		require.NoError(t, m.Fill(items))
		r.Models = append(r.Models, m)
	}
	r.Finish()
	return r
}

func TestRatesAsAPage(t *testing.T) {
	r := ratesReport(t)
	var out, again bytes.Buffer
	require.NoError(t, WriteRates(&out, r))
	require.NoError(t, WriteRates(&again, r))
	assert.Equal(t, out.String(), again.String())
	text := out.String()
	assert.NotContains(t, text, "<b>m0")
	assert.Contains(t, text, "&lt;b&gt;m0")
	assert.Contains(t, text, "100 % of its neutral answers are no option: it is not rated")
	assert.Contains(t, text, "not resolvable: 90 of 90 items get no option")
	assert.Contains(t, text, "2 of 3 sizes", "the model that is not rated is on no line")
	assert.NotContains(t, text, "https://")
	assert.NotContains(t, text, "NaN")
	assert.Less(t, out.Len(), 1<<20)
	require.ErrorContains(t, WriteRates(noSpace{}, r), "no space")
}
