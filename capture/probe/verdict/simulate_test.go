package verdict_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/verdict"
)

// width is that of a layer.
const width = 16

var separates = verdict.Separates("lie", "mistake")

// draws are the permutations of a simulated data set.
const draws = 199

// tally counts words over data sets of a world, and in how many the probe was above chance.
func (w world) tally(t testing.TB, n int, seed uint64, change func(d *drawn, i uint64)) (words map[string]int, above int) {
	t.Helper()
	words = map[string]int{}
	for i := range uint64(n) {
		d := w.draw(rand.New(rand.NewPCG(seed, i)))
		if change != nil {
			change(d, i)
		}
		f := measure(t, d, draws, i)
		words[verdict.Of(f).Word]++
		if f.P <= verdict.MostP && f.AUROC.Low > 0.5 {
			above++
		}
	}
	return words, above
}

// nulls are worlds without any difference.
func nulls() (out []world) {
	for _, groups := range []int{30, 60, 200} {
		out = append(out,
			world{groups: groups, rows: 1, layers: 3, width: width},
			world{groups: groups, rows: 3, layers: 5, width: width},
			world{groups: groups, rows: 2, mixed: true, layers: 3, width: width},
			world{groups: groups, rows: 3, mixed: true, layers: 8, width: width})
	}
	return out
}

// Of 200 data sets without any difference at most 4 separate: the rules aim at 1 %.
func TestNullDataSetsDoNotSeparate(t *testing.T) {
	n := 17
	if !testing.Short() {
		n = 200
	}
	false_, all := 0, 0
	for k, w := range nulls() {
		words, above := w.tally(t, n, uint64(1900+k), nil)
		t.Logf("%+v: above chance %d of %d, %v", w, above, n, words)
		false_, all = false_+words[separates], all+n
	}
	t.Logf("%d of %d data sets without any difference separate", false_, all)
	assert.LessOrEqual(t, false_, all*4/200)
}

// Where labels are shuffled by group, a strong effect is gone, and enough data say so.
func TestShuffledLabelsAreAtChance(t *testing.T) {
	n := 10
	if !testing.Short() {
		n = 200
	}
	w := world{groups: 200, rows: 2, mixed: true, layers: 3, width: width, auroc: 0.99}
	words, _ := w.tally(t, n, 1930, func(d *drawn, i uint64) {
		s, err := metric.NewShuffle(d.positive, d.group, nil, i)
		require.NoError(t, err)
		positive := make([]bool, len(d.positive))
		s.Next(positive)
		d.positive = positive
	})
	t.Log(words)
	assert.Zero(t, words[separates])
	assert.GreaterOrEqual(t, words[verdict.AtChance], n*8/10)
}

// Twelve samples decide nothing, however good the probe looks.
func TestTwelveSamplesAreUndecided(t *testing.T) {
	words, _ := world{groups: 12, rows: 1, layers: 3, width: width, auroc: 0.999}.tally(t, 5, 1940, nil)
	assert.Equal(t, map[string]int{verdict.Undecided: 5}, words)
}

// Planted effects separate where there are groups enough for them.
func TestPlantedEffectsSeparate(t *testing.T) {
	strong := world{groups: 60, rows: 2, mixed: true, layers: 3, width: width, auroc: 0.99}
	if testing.Short() {
		words, _ := strong.tally(t, 10, 1950, nil)
		assert.Equal(t, 10, words[separates], "%v", words)
		return
	}
	n := 100
	for _, mixed := range []bool{true, false} {
		for _, auroc := range []float64{0.75, 0.85, 0.99} {
			for k, groups := range []int{30, 60, 200} {
				w := world{groups: groups, rows: 2, mixed: mixed, layers: 3, width: width, auroc: auroc}
				words, _ := w.tally(t, n, uint64(1951+k), nil)
				t.Logf("mixed %v, AUROC %g, %d groups, of %d: %v", mixed, auroc, groups, n, words)
				assert.LessOrEqual(t, words[verdict.AtChance], n/20, "a difference is there")
				if auroc == 0.99 && groups > 30 {
					assert.GreaterOrEqual(t, words[separates], n*95/100)
				}
			}
		}
	}
}

// A planted confound that a baseline sees is what the probe is said to read.
func TestPlantedConfoundsAreRead(t *testing.T) {
	n, words := 10, []int{3}
	if !testing.Short() {
		n, words = 60, []int{1, 10, 50, 200}
	}
	for kind, word := range map[string]string{verdict.Prompt: verdict.ReadsPrompt, verdict.Text: verdict.ReadsText} {
		for _, over := range words {
			for _, confound := range []float64{0.75, 0.95} {
				for _, groups := range []int{60, 200} {
					if testing.Short() && (groups > 60 || confound < 0.9) || !testing.Short() && kind == verdict.Prompt {
						continue
					}
					w := world{groups: groups, rows: 2, mixed: true, layers: 3, width: width, confound: confound, kind: kind, words: over}
					got, _ := w.tally(t, n, uint64(1960+over), nil)
					t.Logf("confound %g of the %s in %d words, %d groups, of %d: %v", confound, kind, over, groups, n, got)
					assert.LessOrEqual(t, got[separates], n/10)
					if over < 50 { // of more words too few are learnt: docs/verdict.md
						assert.GreaterOrEqual(t, got[word], n*3/4)
						assert.LessOrEqual(t, got[separates], n/20)
					}
				}
			}
		}
	}
}
