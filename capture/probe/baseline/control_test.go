package baseline

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/nested"
)

var logistic = []nested.Candidate{{Method: nested.Method{Kind: nested.Logistic, C: 1, Scale: true}}}

func TestControlLabels(t *testing.T) {
	k := Control{Name: "token", Type: make([]string, 400)}
	for i := range k.Type {
		k.Type[i] = fmt.Sprint("t", i%40)
	}
	labels, err := k.Labels(0.25, 7)
	require.NoError(t, err)
	of, positive := map[string]bool{}, 0
	for i, p := range labels {
		if was, there := of[k.Type[i]]; there {
			assert.Equal(t, was, p, "one label a type")
		}
		of[k.Type[i]] = p
		positive += int(yes(p))
	}
	assert.Equal(t, 100, positive, "the share of the task")

	again, _ := k.Labels(0.25, 7)
	assert.Equal(t, labels, again)
	differ := 0
	for seed := range uint64(200) { // each type is positive in a quarter of seeds, not always the same ones
		other, err := k.Labels(0.25, seed)
		require.NoError(t, err)
		differ += int(yes(other[3]))
	}
	assert.InDelta(t, 50, differ, 20)
	rest := Control{Name: "token", Type: k.Type[1:]}
	some, _ := rest.Labels(0.25, 7)
	assert.Equal(t, labels[1:], some, "by type, not by place")

	few, err := Control{Name: "template", Type: []string{"a", "a", "b"}}.Labels(0.01, 1)
	require.NoError(t, err)
	assert.Equal(t, few[0], few[1])
	assert.NotEqual(t, few[0], few[2], "one type of each class at least")

	_, err = Control{Name: "template", Type: []string{"a", "a"}}.Labels(0.5, 1)
	assert.ErrorContains(t, err, "by template: there is one type")
	_, err = Control{Name: "question", Type: []string{"a", "b"}}.Labels(0.5, 1)
	assert.ErrorContains(t, err, "by question: each of 2 cases has a type of its own")
}

// A probe that could learn any label of a question is not selective; one that reads only the
// class is.
func TestSelectivity(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var c nested.Cases
	var label []string
	for i := range 240 { // 20 questions with 12 samples
		c.Positive = append(c.Positive, i%2 == 0)
		c.Group = append(c.Group, fmt.Sprint("q", i/12))
		label = append(label, fmt.Sprint(i%2 == 0))
	}
	splits := cross(t, &c, label)
	class := drawn(c, 5, 4, r)
	with := drawn(c, 5, 4, r) // and a column for each question
	for q := range 20 {
		with.column(fmt.Sprint("q", q), func(i int) float64 { return yes(i/12 == q) })
	}
	measure := func(f *features, k Control) *Selectivity {
		spaces := []nested.Space{{Name: "x", Rows: f}}
		found, err := nested.Search(context.Background(), c, spaces, splits, logistic, nested.Options{})
		require.NoError(t, err)
		s, err := Select(context.Background(), c, spaces, logistic, found, k, 5, 3, 11, nested.Options{})
		require.NoError(t, err)
		assert.InDelta(t, s.Task.Value-s.Control.Value, s.Selectivity.Value, 1e-12)
		assert.Equal(t, 20, s.Types)
		assert.Greater(t, s.Task.Value, 0.95)
		return s
	}
	question := Control{Name: "question", Type: c.Group}
	s := measure(class, question)
	assert.Equal(t, 1, s.Selectivity.Excludes(0.2), "%+v", s.Selectivity)
	assert.InDelta(t, 0.5, s.Control.Value, 0.12)
	s = measure(with, question)
	assert.Greater(t, s.Control.Value, 0.95, "it remembers questions")
	assert.InDelta(t, 0, s.Selectivity.Value, 0.05)

	// Where a unit holds all of a type, nothing can be remembered.
	units := question
	units.Unit = c.Group
	s = measure(with, units)
	assert.Less(t, s.Control.Value, 0.75)
}

// Cases that take no part in the task take none in the control task.
func TestSelectivityOfSome(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	c, label := pairs(60)
	splits := cross(t, &c, label)
	spaces := []nested.Space{{Name: "x", Rows: drawn(c, 3, 2, r)}}
	for i := range c.Cell {
		if i%6 == 5 {
			c.Cell[i] = -1
		}
	}
	found, err := nested.Search(context.Background(), c, spaces, splits, logistic, nested.Options{})
	require.NoError(t, err)
	s, err := Select(context.Background(), c, spaces, logistic, found, Control{Name: "question", Type: c.Group}, 4, 1, 1, nested.Options{})
	require.NoError(t, err)
	assert.Equal(t, 100, s.Task.N)
	assert.Equal(t, 100, s.Control.N)
}

func TestByRow(t *testing.T) {
	c := nested.Cases{Positive: []bool{true, false}, Group: []string{"a", "b"}, Cell: []int8{0, 3}}
	rows, space, unit := ByRow(c, nested.Space{Name: "x", Sample: []int32{0, 0, 1}})
	assert.Equal(t, nested.Cases{Positive: []bool{true, true, false}, Group: []string{"a", "a", "b"}, Cell: []int8{0, 0, 3}}, rows)
	assert.Nil(t, space.Sample)
	assert.Equal(t, []string{"0", "0", "1"}, unit)
	same, _, unit := ByRow(c, nested.Space{Name: "x"})
	assert.Equal(t, c, same)
	assert.Equal(t, []string{"0", "1"}, unit)
}
