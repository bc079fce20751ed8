package vector

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/internal/expect"
	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
)

// written writes a file with one direction, of the name of the file.
func written(t *testing.T, dir, name string, m Meta) string {
	path := filepath.Join(dir, name)
	m.Kind = Directions
	_, err := Write(disk.OS{}, path, m, []*Direction{{Name: name, Rank: 1, Width: 2, Vector: []float32{1, float32(name[0])}, SD: math.NaN()}})
	require.NoError(t, err)
	return path
}

func TestOnlyDirectionsOfOneKindAreCombined(t *testing.T) {
	dir := t.TempDir()
	model := func(sum string) *Model { return &Model{SHA256: sum} }
	base := Meta{Model: model("a"), TemplateSHA256: "t", Adapters: []Adapter{}, Point: "blocks.1.hook_resid_post", Tokens: "all", Runs: []Run{{"a", "1"}}}
	of := func(name string, change func(*Meta)) string {
		m := base
		change(&m)
		return written(t, dir, name, m)
	}
	first := of("first", func(*Meta) {})
	like := of("like", func(m *Meta) { m.Tokens, m.Runs = "last", []Run{{"b", "2"}} })
	unknown := of("unknown", func(m *Meta) { *m = Meta{} })
	adapted := of("adapted", func(m *Meta) { m.Adapters = []Adapter{mood} })
	raw := of("raw", func(m *Meta) { m.TemplateSHA256 = rundir.RawText })
	other := of("other", func(m *Meta) { m.Model = model("b") })
	moved := of("moved", func(m *Meta) { m.Point = "blocks.2.hook_resid_post" })

	for _, how := range Combinations {
		for path, says := range map[string]string{
			adapted: "adapters: none in the file, mood.gguf of scale 1 (sha256 m) now",
			raw:     "chat template: sha256 t in the file, none (raw text) now",
			other:   "model's sha256: a in the file, b now",
			moved:   "point: blocks.1.hook_resid_post in the file, blocks.2.hook_resid_post now",
		} {
			c := Combination{How: how, Name: "x"}
			_, _, err := Combine([]string{unknown, first, path}, c)
			if how != DifferenceOf { // which is of two
				expect.Refused(t, err, first+" and "+path+" are not of one kind: "+says)
			}
			_, _, err = Combine([]string{path, first}, c)
			expect.Refused(t, err, "are not of one kind")
			c.Force = true
			m, _, err := Combine([]string{first, path}, c)
			require.NoError(t, err)
			require.Equal(t, []string{first + " and " + path + ": " + says}, m.Forced)
			require.Equal(t, path == other, m.Model == nil)
			require.Equal(t, path == raw, m.TemplateSHA256 == "")
			require.Equal(t, path == adapted, m.Adapters == nil)
			require.Equal(t, path == moved, m.Point == "")
		}
	}

	m, _, err := Combine([]string{unknown, first, like}, Combination{How: SumOf, Name: "x"})
	require.NoError(t, err)
	require.Equal(t, Meta{Kind: Directions, How: m.How, Model: model("a"), TemplateSHA256: "t", Adapters: []Adapter{}, Width: 2, Runs: []Run{{"a", "1"}, {"b", "2"}}}, m)

	// Of three, what two agree in is not known either; nor is it forgotten that it was forced.
	m, _, err = Combine([]string{first, raw, like}, Combination{How: SumOf, Name: "x", Force: true})
	require.NoError(t, err)
	require.Empty(t, m.TemplateSHA256)
	again := of("again", func(x *Meta) { *x = m })
	m, _, err = Combine([]string{again, first}, Combination{How: SumOf, Name: "y"})
	require.NoError(t, err)
	require.Equal(t, []string{first + " and " + raw + ": chat template: sha256 t in the file, none (raw text) now"}, m.Forced)
}

// In a file that was put together, each direction counts as it was made.
func TestDirectionsOfOneFileCanDiffer(t *testing.T) {
	dir := t.TempDir()
	plain := written(t, dir, "plain", Meta{Adapters: []Adapter{}})
	adapted := written(t, dir, "adapted", Meta{Adapters: []Adapter{mood}})
	meta, directions, err := Combine([]string{plain, adapted}, Combination{How: Collect, Force: true})
	require.NoError(t, err)
	both := filepath.Join(dir, "both")
	_, err = Write(disk.OS{}, both, meta, directions)
	require.NoError(t, err)

	_, _, err = Combine([]string{both}, Combination{How: SumOf, Name: "x"})
	expect.Refused(t, err, both+" and "+both+" are not of one kind: adapters: ")
	_, _, err = Combine([]string{both + "#plain", adapted}, Combination{How: SumOf, Name: "x"})
	expect.Refused(t, err, "adapters: none in the file")
	m, _, err := Combine([]string{both + "#adapted", adapted}, Combination{How: SumOf, Name: "x"})
	require.NoError(t, err)
	require.Equal(t, []Adapter{mood}, m.Adapters)
}

func TestASubspaceOfOneRowIsNoDirection(t *testing.T) {
	d := &Direction{Rank: 1, Width: 2, Vector: []float32{1, 0}}
	require.Empty(t, d.Instead(&Meta{Kind: Directions, How: "mean"}))
	require.Empty(t, d.Instead(&Meta{}), "of another program's file nothing is known")
	require.Equal(t, Subspace, d.KindIn(&Meta{Kind: Subspace}))
	require.Equal(t, "a subspace of rank 1 (INLP)", d.Instead(&Meta{Kind: Subspace, How: "INLP"}))
	require.Equal(t, "a subspace of rank 2", (&Direction{Rank: 2}).Instead(&Meta{Kind: Directions}))
	require.Equal(t, "an affine map (LEACE)", (&Direction{Matrix: []float32{1}}).Instead(&Meta{How: "LEACE"}))
}
