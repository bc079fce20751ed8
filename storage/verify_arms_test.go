package storage

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

// editEdited writes the rows of the first file anew with other edits and scores.
func editEdited(edit func(rows []rundir.Row)) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		run, err := rundir.Open(dir)
		require.NoError(t, err)
		samples, err := rundir.ReadSamples(filepath.Join(dir, samples0))
		require.NoError(t, err)
		var rows []rundir.Row
		for _, s := range samples {
			a, err := run.Read(s)
			require.NoError(t, err)
			rows = append(rows, a.Rows...)
		}
		edit(rows)
		rewrite(t, dir, activations0, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
			schema, at := records[0].Schema(), 0
			for i, r := range records {
				from := &buffer{rows: rows[at : at+int(r.NumRows())]}
				at += int(r.NumRows())
				for _, name := range []string{"edited", "scores"} {
					c := schema.FieldIndices(name)[0]
					r, err = r.SetColumn(c, newDictionaries(3).plain(rundir.RowColumns.Named(schema.Field(c).Name), from, int(r.NumRows())))
					require.NoError(t, err)
				}
				records[i] = r
			}
			return schema, records
		})
	}
}

// inArms changes samples of the first file: of none, lie@1, both, prompt.
func inArms(edit func(s []rundir.Sample)) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		rewrite(t, dir, samples0, func(records []arrow.Record) (*arrow.Schema, []arrow.Record) {
			s, err := rundir.ReadSamples(filepath.Join(dir, samples0))
			require.NoError(t, err)
			edit(s)
			return records[0].Schema(), []arrow.Record{sampleRecord(records[0].Schema(), s, nil)}
		})
	}
}

// Rows 7 and 8 of the first file are those of lie@1 that are edited, 12 and 13 of both.
var armDamages = []struct {
	name   string
	damage func(testing.TB, string)
	want   string
}{
	{"unknown arm", inArms(func(s []rundir.Sample) { s[1].Arm = another("calm@3") }), `sample 1, column "arm": is "calm@3", which is no arm of the manifest`},
	{"an arm twice", inArms(func(s []rundir.Sample) { s[3].Arm, s[3].EditedTokens = another("none"), 0; s[3].KL = nil }), `sample 3, column "sample": sample 0 of prompt "a" is there twice in the arm none`},
	{"edited without an arm", inArms(func(s []rundir.Sample) { s[1].Arm = nil }), `sample 1, column "edited_tokens": is 2; nothing is edited in the arm null`},
	{"edited in none", inArms(func(s []rundir.Sample) { s[0].EditedTokens = 1 }), `sample 0, column "edited_tokens": is 1; nothing is edited in the arm none`},
	{"edited by words", inArms(func(s []rundir.Sample) { s[3].EditedTokens = 1 }), `sample 3, column "edited_tokens": is 1; nothing is edited in the arm prompt`},
	{"norm in none", inArms(func(s []rundir.Sample) { s[0].EditNorm = another(0.5) }), `sample 0, column "edit_norm": is there; edited_tokens is 0`},
	{"norm without edits", inArms(func(s []rundir.Sample) { s[1].EditedTokens = 0 }), `sample 1, column "edit_ratio": is there; edited_tokens is 0`},
	{"edits without norm", inArms(func(s []rundir.Sample) { s[2].EditNorm = nil }), `sample 2, column "edit_norm": is null; edited_tokens is 2`},
	{"negative norm", inArms(func(s []rundir.Sample) { s[2].EditNorm = another(-0.5) }), `sample 2, column "edit_norm": is -0.5`},
	{"infinite ratio", inArms(func(s []rundir.Sample) { s[2].EditRatio = another(math.Inf(1)) }), `sample 2, column "edit_ratio": is +Inf`},
	{"KL is no number", inArms(func(s []rundir.Sample) { s[2].KL = another(math.NaN()) }), `sample 2, column "kl": is NaN`},
	{"KL of none", inArms(func(s []rundir.Sample) { s[0].KL = another(0.0) }), `sample 0, column "kl": is there in the arm none`},
	{"too many edited", inArms(func(s []rundir.Sample) { s[1].EditedTokens = 6 }), `sample 1, column "edited_tokens": is 6; the sample has 5 tokens`},
	{"more edited than rows", inArms(func(s []rundir.Sample) { s[1].EditedTokens = 3 }), `sample 1, column "edited": 2 rows were edited; edited_tokens is 3`},
	{"another seed", inArms(func(s []rundir.Sample) { s[2].Seed = another(*s[2].Seed + 1) }), `sample 2, column "seed": is `},
	{"no seed in one arm", inArms(func(s []rundir.Sample) { s[2].Seed = nil }), `sample 2, column "seed": is null; another arm of the sample has `},

	{"fewer rows edited", editEdited(func(r []rundir.Row) { r[7].Edited = nil }), `sample 1, column "edited": 1 rows were edited; edited_tokens is 2`},
	{"rows edited in none", editEdited(func(r []rundir.Row) { r[0].Edited = []string{"lie"} }), `row 0, column "edited": has "lie"; the interventions of the arm none are []`},
	{"of another arm", editEdited(func(r []rundir.Row) { r[8].Edited = []string{"calm"} }), `row 8, column "edited": has "calm"; the interventions of the arm lie@1 are ["lie"]`},
	{"out of order", editEdited(func(r []rundir.Row) { r[12].Edited = []string{"calm", "lie"} }), `row 12, column "edited": has "lie"; the interventions of the arm both are ["lie" "calm"], each once in this order`},
	{"one twice", editEdited(func(r []rundir.Row) { r[13].Edited = []string{"calm", "calm"} }), `row 13, column "edited": has "calm"`},
	{"edited is no text", editEdited(func(r []rundir.Row) { r[7].Edited = []string{"\xff"} }), `column "edited": row`},
	{"score is no number", editEdited(func(r []rundir.Row) { r[7].Scores[1] = math.NaN() }), `row 7, column "scores": has NaN`},

	{"arms without a column", inManifest(func(m *rundir.Manifest) { m.Optional.Samples = m.Optional.Samples[1:] }), `arms: are there; the samples have no column "arm"`},
	{"an arm of no name", inManifest(func(m *rundir.Manifest) { m.Arms[1].Name = "" }), `arms: "" is the name of another arm, or none`},
	{"two arms of a name", inManifest(func(m *rundir.Manifest) { m.Arms[2].Name = "lie@1" }), `arms: "lie@1" is the name of another arm, or none`},
	{"none is not first", inManifest(func(m *rundir.Manifest) { slices.Reverse(m.Arms) }), `arms: arm 0 is "prompt" of the kind "prompt" with 0 edits; the first, and no other, is none`},
	{"none edits", inManifest(func(m *rundir.Manifest) { m.Arms[0].Edits = m.Arms[1].Edits }), `arm 0 is "none" of the kind "none" with 1 edits`},
	{"control of nothing", inManifest(func(m *rundir.Manifest) { m.Arms[3].Of = "lie@7" }), `"prompt" is a control of "lie@7", which is no arm, or a control itself`},
	{"another type", inManifest(func(m *rundir.Manifest) { m.Optional.Activations[0].Type = "bool" }), `activations: "edited" is bool, null: false; it must be list<utf8>, null: false`},
	{"another file of directions", inManifest(func(m *rundir.Manifest) { m.Directions.File = "../lie.safetensors" }), `directions: the file is "../lie.safetensors"; it must be directions.safetensors`},
	{"no sum of directions", inManifest(func(m *rundir.Manifest) { m.Directions.SHA256 = "" }), `directions: "" is no sha256`},
	{"other directions", write(rundir.DirectionsName, "others"), `directions.safetensors: has the sha256 ` + rundir.SumOf([]byte("others"))},
	{"directions of nobody", inManifest(func(m *rundir.Manifest) { m.Directions = nil }), `directions.safetensors: is not of this run`},
	{"no directions", func(t testing.TB, dir string) {
		require.NoError(t, os.Remove(filepath.Join(dir, rundir.DirectionsName)))
	}, `directions.safetensors: is missing`},
}

func TestVerifyFindsDamagedArms(t *testing.T) {
	for _, d := range armDamages {
		t.Run(d.name, func(t *testing.T) {
			dir := armRun(t, "all", nil)
			d.damage(t, dir)
			assert.Contains(t, problemsOf(verifyRun(t, dir, false)), d.want)
		})
	}
}

// Tokens without rows may be edited too; rows that are edited are counted.
func TestVerifyCountsEditsOfTokensWithoutRows(t *testing.T) {
	dir := armRun(t, "response", nil)
	inArms(func(s []rundir.Sample) { s[1].EditedTokens = 4 })(t, dir)
	require.Empty(t, problemsOf(verifyRun(t, dir, false)))
	inArms(func(s []rundir.Sample) { s[1].EditedTokens, s[1].EditNorm, s[1].EditRatio = 0, nil, nil })(t, dir)
	require.Contains(t, problemsOf(verifyRun(t, dir, false)), `sample 1, column "edited": 1 rows were edited; edited_tokens is 0`)
}
