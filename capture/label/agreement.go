package label

import (
	"fmt"
	"maps"
	"slices"

	"intentprobe/storage/labels"
)

// Agreement says how far two label tables of a run agree.
type Agreement struct {
	Dir       string         `json:"path"`
	A         string         `json:"a"` // NAME@VERSION
	B         string         `json:"b"`
	Both      int            `json:"both"`      // samples that both label, and that are compared
	OnlyA     int            `json:"only_a"`    // that only one labels
	OnlyB     int            `json:"only_b"`    //
	Ambiguous int            `json:"ambiguous"` // that both label and one calls ambiguous; where these are left out they are not in Both
	Agree     int            `json:"agree"`     // same value
	Percent   *float64       `json:"percent"`   // of Both; null of none
	Kappa     *float64       `json:"kappa"`     // Cohen's; null where it is undefined
	Undefined string         `json:"undefined"` // why
	Counts    []Cell         `json:"counts"`    // how often each pair of values occurs
	Differ    []Disagreement `json:"differ"`
}

// Cell is a cell of the contingency table: a value of either table, and how many samples
// have both.
type Cell struct {
	A       string `json:"a"`
	B       string `json:"b"`
	Samples int    `json:"samples"`
}

// Disagreement is a sample to which two tables give different values.
type Disagreement struct {
	SampleID int64   `json:"sample_id"`
	PromptID string  `json:"prompt_id"`
	A        string  `json:"a"`
	B        string  `json:"b"`
	Response string  `json:"response"`
	Arm      *string `json:"arm,omitempty"` // of interventions; nil where the run has none
}

// SharesValues says whether there is a value that both tables give; without one they
// cannot agree.
func (g *Agreement) SharesValues() bool {
	given := map[string]bool{}
	for _, p := range g.Counts {
		given[p.A] = true
	}
	return slices.ContainsFunc(g.Counts, func(p Cell) bool { return given[p.B] })
}

// compareTables compares two tables; Differ has all samples on which they differ.
func compareTables(a, b *labels.Table, ignoreAmbiguous bool) *Agreement {
	out := &Agreement{A: tableName(a), B: tableName(b), Counts: []Cell{}, Differ: []Disagreement{}}
	other := map[int64]string{}
	for _, l := range b.Labels {
		other[l.SampleID] = l.Value
	}
	counts := map[[2]string]int{}
	matched := 0
	for _, l := range a.Labels {
		value, ok := other[l.SampleID]
		if !ok {
			out.OnlyA++
			continue
		}
		matched++
		if l.Value == labels.Ambiguous || value == labels.Ambiguous {
			out.Ambiguous++
			if ignoreAmbiguous {
				continue
			}
		}
		out.Both++
		counts[[2]string{l.Value, value}]++
		if l.Value != value {
			out.Differ = append(out.Differ, Disagreement{SampleID: l.SampleID, A: l.Value, B: value})
		}
	}
	out.OnlyB = len(b.Labels) - matched
	for _, values := range slices.SortedFunc(maps.Keys(counts), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		out.Counts = append(out.Counts, Cell{values[0], values[1], counts[values]})
	}
	out.Agree = out.Both - len(out.Differ)
	out.kappa()
	return out
}

// kappa fills in the share of agreement, and Cohen's kappa (J. Cohen, A coefficient
// of agreement for nominal scales, Educational and Psychological Measurement 20, 1960):
//
//	kappa = (p_o - p_e) / (1 - p_e)
//
// p_o is the share on which both agree, p_e the share that was to be expected by
// chance: of all values, the sum of the products of how often either gives it.
func (g *Agreement) kappa() {
	if g.Both == 0 {
		g.Undefined = "no sample is in both tables"
		return
	}
	n := float64(g.Both)
	percent := 100 * float64(g.Agree) / n
	g.Percent = &percent
	inA, inB := map[string]int{}, map[string]int{}
	for _, p := range g.Counts {
		inA[p.A] += p.Samples
		inB[p.B] += p.Samples
	}
	chance, exact := 0.0, 0 // exact: in samples, so that 1 is told from almost 1
	for value, samples := range inA {
		exact += samples * inB[value]
		chance += float64(samples) / n * float64(inB[value]) / n
	}
	if exact == g.Both*g.Both {
		g.Undefined = fmt.Sprintf("both tables have one value alone, %q: agreement is certain by chance", g.Counts[0].A)
		return
	}
	kappa := (float64(g.Agree)/n - chance) / (1 - chance)
	g.Kappa = &kappa
}

// tableName writes NAME@VERSION.
func tableName(t *labels.Table) string { return fmt.Sprintf("%s@%d", t.Name, t.Version) }
