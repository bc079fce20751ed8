package metric

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
)

func TestFolds(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for _, d := range designs {
		data := d.draw(60, 0.7, r)
		var labels []string
		for _, y := range data.Positive {
			labels = append(labels, fmt.Sprint(y))
		}
		s, err := Folds(labels, data.Group, 5, 4, 7)
		require.NoError(t, err)
		again, err := Folds(labels, data.Group, 5, 4, 7)
		require.NoError(t, err)
		require.Equal(t, s, again)
		other, err := Folds(labels, data.Group, 5, 4, 8)
		require.NoError(t, err)
		require.NotEqual(t, s, other)

		cell := map[string]int{}
		count, all := map[string]int{}, map[string]int{}
		for i, g := range data.Group {
			if at, there := cell[g]; there {
				require.Equal(t, at, s.Cell(i), "a group is in one cell")
			}
			cell[g] = s.Cell(i)
			require.Less(t, s.Cell(i), 20)
			count[fmt.Sprint(s.Outer[i], labels[i])]++
			count[fmt.Sprint("inner ", s.Inner[i], labels[i])]++
			all[labels[i]]++
		}
		for label, n := range all {
			for k := range 5 {
				require.InDelta(t, float64(n)/5, count[fmt.Sprint(k, label)], 0.06*float64(n)+1, "%s: label %s in fold %d", d.name, label, k)
			}
			for k := range 4 {
				require.InDelta(t, float64(n)/4, count[fmt.Sprint("inner ", k, label)], 0.12*float64(n)+1, "%s: label %s in inner fold %d", d.name, label, k)
			}
		}
		side := make([]string, len(labels))
		for i, k := range s.Outer {
			side[i] = fmt.Sprint(k)
		}
		require.NoError(t, Leaks(side, data.Group))
	}
}

func TestRefusedFolds(t *testing.T) {
	labels, groups := []string{"a", "b", "a", "b"}, []string{"1", "2", "3", "2"}
	_, err := Folds(labels, groups, 2, 1, 1)
	require.ErrorContains(t, err, `1 group has the label "b"`)
	_, err = Folds(labels, groups, 1, 1, 1)
	expect.Refused(t, err, "1 folds")
	_, err = Folds(labels, groups[1:], 2, 1, 1)
	require.ErrorContains(t, err, "3 groups")
}

func TestLeaksAreRefused(t *testing.T) {
	err := Leaks([]string{"train", "test", "train", "", "test"}, []string{"a", "b", "b", "a", "a"})
	require.ErrorContains(t, err, `"b" (row 1 is test, row 2 is train)`)
	require.ErrorContains(t, err, `"a" (row 0 is train, row 4 is test)`)
	require.NoError(t, Leaks([]string{"train", "test", ""}, []string{"a", "b", "a"}))
	require.Error(t, Leaks(nil, []string{"a"}))
}

func TestJoin(t *testing.T) {
	got, err := Join([]string{"q1", "q1", "q2", "q3", ""}, []string{"t1", "t2", "t2", "t3", ""})
	require.NoError(t, err)
	require.Equal(t, []string{"0", "0", "0", "3", "4"}, got)
	_, err = Join([]string{"a"}, nil)
	require.ErrorContains(t, err, "0 values")
	_, err = Join()
	require.Error(t, err)
}
