package storage

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
)

// armColumns are the optional columns of a run with interventions.
var armColumns = []string{"arm", "edited_tokens", "edit_norm", "edit_ratio", "kl", "edited", "scores"}

// armEdits says which tokens each arm edits, by position, and by which interventions.
var armEdits = map[string]map[int][]string{
	"none":   {},
	"lie@1":  {2: {"lie"}, 3: {"lie"}},
	"both":   {2: {"lie", "calm"}, 3: {"calm"}},
	"prompt": {},
}

// armNames are the arms in their order.
var armNames = []string{"none", "lie@1", "both", "prompt"}

func armManifest(tokens string) *rundir.Manifest {
	m := wholeManifest(tokens, "response")
	edit := func(name string, scale float64) rundir.ArmEdit {
		return rundir.ArmEdit{Intervention: name, Do: "add", Points: []string{columns[0].Name}, Scale: &scale, Unit: "raw", Tokens: "prompt[-1]"}
	}
	m.Arms = []rundir.Arm{
		{Name: "none", Kind: "none"}, {Name: "lie@1", Kind: "edit", Edits: []rundir.ArmEdit{edit("lie", 1)}},
		{Name: "both", Kind: "edit", Edits: []rundir.ArmEdit{edit("lie", 1), edit("calm", 2)}}, {Name: "prompt", Kind: "prompt", Of: "lie@1"},
	}
	return m
}

// armSample is the sample of a prompt in an arm; each has 5 tokens, 3 of them the
// prompt's.
func armSample(prompt, arm string) rundir.Sample {
	s := wholeSample(0, 5)
	seed := rundir.SampleSeed(7, []byte(prompt), 0)
	s.PromptID, s.Seed, s.Arm = prompt, &seed, &arm
	if s.EditedTokens = int32(len(armEdits[arm])); s.EditedTokens > 0 {
		s.EditNorm, s.EditRatio = another(0.5), another(0.125)
	}
	if arm != "none" {
		s.KL = another(0.25)
	}
	return s
}

// writeArms writes a sample of each arm of a prompt, which keep the rows of positions
// from first on.
func writeArms(t testing.TB, w *Writer, prompt string, first int) {
	for _, arm := range armNames {
		s := w.Begin(5 - first)
		for i := first; i < 5; i++ {
			p, err := s.Reserve()
			require.NoError(t, err)
			fill(w, p, s.ID(), i)
			r := wholeRow(i)
			if r.Edited = armEdits[arm][i]; r.Edited != nil {
				r.Scores = []float64{0.25, -2}
			}
			require.NoError(t, s.Add(r))
		}
		require.NoError(t, s.End(armSample(prompt, arm)))
	}
}

var armDirections = []byte("the directions")

// armRun is a run of two prompts in four arms, of tokens all or response.
func armRun(t testing.TB, tokens string, shard *rundir.Shard) string {
	m := armManifest(tokens)
	m.Plan, m.Shard = &rundir.Plan{Samples: 8, GroupSamples: 4}, shard
	prompts := []byte("{}\n")
	m.Dataset = rundir.Dataset{SHA256: rundir.SumOf(prompts), Rows: 2}
	w := create(t, Config{Manifest: m, Optional: armColumns, Dataset: prompts, Directions: armDirections})
	for g := range 2 {
		if !shard.Holds(g) {
			continue
		}
		require.NoError(t, w.StartGroup(g, int64(4*g)))
		writeArms(t, w, []string{"a", "b"}[g], map[string]int{"all": 0, "response": 3}[tokens])
		require.NoError(t, w.Commit())
	}
	finish(t, w, rundir.Complete)
	return w.cfg.Dir
}

func TestArmsAreReadBack(t *testing.T) {
	for _, tokens := range []string{"all", "response"} {
		dir := armRun(t, tokens, nil)
		for _, quick := range []bool{false, true} {
			require.Empty(t, problemsOf(verifyRun(t, dir, quick)), tokens)
		}
		run, err := rundir.Open(dir)
		require.NoError(t, err)
		samples, err := run.Samples()
		require.NoError(t, err)
		require.Len(t, samples, 8)
		for i, s := range samples {
			want := armSample([]string{"a", "b"}[i/4], armNames[i%4])
			got := s
			got.SampleID, got.File, got.FirstRow, got.Rows = 0, "", 0, 0
			require.Equal(t, want, got)
			assert.Equal(t, armNames[i%4], *s.Keys()["arm"])
			rows, err := run.Read(s)
			require.NoError(t, err)
			for _, r := range rows.Rows {
				require.Equal(t, armEdits[*s.Arm][int(r.Position)], r.Edited)
				require.Equal(t, r.Edited != nil, len(r.Scores) == 2)
			}
		}
		text, err := os.ReadFile(filepath.Join(dir, rundir.DirectionsName))
		require.NoError(t, err)
		require.Equal(t, armDirections, text)
		require.Equal(t, &rundir.Directions{File: "directions.safetensors", SHA256: rundir.SumOf(armDirections)}, run.Manifest.Directions)
		foreign, err := run.Foreign()
		require.NoError(t, err)
		require.Empty(t, foreign)
	}
}

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
					r, err = r.SetColumn(c, newDictionaries(3).plain(schema.Field(c), from, int(r.NumRows())))
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
	{"no directions", func(t testing.TB, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, rundir.DirectionsName))) }, `directions.safetensors: is missing`},
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

// The shards of a run with arms make the run, and must have the same arms and directions,
// wherever these lay.
func TestMergeOfArms(t *testing.T) {
	whole := armRun(t, "all", nil)
	a, b := armRun(t, "all", &rundir.Shard{Index: 1, Of: 2}), armRun(t, "all", &rundir.Shard{Index: 2, Of: 2})
	for dir, folder := range map[string]string{a: "", b: "/mnt/vectors/"} {
		editManifest(t, dir, func(m *rundir.Manifest) {
			m.Spec = slices.Concat(m.Spec[:len(m.Spec)-1], []byte(`,"interventions":[{"name":"lie","vector":"`+folder+`lie.safetensors#lie","when":{"probe":"`+folder+`p.safetensors"}}],"controls":{"unrelated":"`+folder+`calm.safetensors"}}`))
		})
	}
	merged := filepath.Join(t.TempDir(), "merged")
	m, err := Merge(context.Background(), []string{b, a}, MergeOptions{Out: merged})
	require.NoError(t, err)
	verified(t, merged)
	was, err := rundir.ReadManifest(a)
	require.NoError(t, err)
	is, err := rundir.ReadManifest(b)
	require.NoError(t, err)
	assert.Equal(t, was.RunID(), is.RunID())
	assert.Equal(t, was.RunID(), m.RunID())
	for _, name := range []string{samples0, activations0, rundir.DirectionsName, rundir.DatasetName} {
		want, err := os.ReadFile(filepath.Join(whole, name))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(merged, name))
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
	}
	for what, edit := range map[string]func(m *rundir.Manifest){
		"arms":       func(m *rundir.Manifest) { *m.Arms[1].Edits[0].Scale = 3 },
		"directions": func(m *rundir.Manifest) { m.Directions.SHA256 = rundir.SumOf(nil) },
	} {
		other := copyRun(t, b)
		editManifest(t, other, edit)
		_, err = Merge(context.Background(), []string{a, other}, MergeOptions{Out: filepath.Join(t.TempDir(), "out"), Force: true})
		require.ErrorContains(t, err, "is not of the same run as "+a+": "+what+": ")
		edited, err := rundir.ReadManifest(other)
		require.NoError(t, err)
		if what == "directions" {
			require.NotEqual(t, was.RunID(), edited.RunID())
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(b, rundir.DirectionsName), []byte("others"), 0o666))
	_, err = Merge(context.Background(), []string{b, a}, MergeOptions{Out: filepath.Join(t.TempDir(), "out")})
	require.ErrorContains(t, err, rundir.DirectionsName)
}

// Recovery keeps arms and directions; where the directions are lost it says so, and the
// run cannot be gone on with.
func TestRecoverOfArms(t *testing.T) {
	hurt := armRun(t, "all", nil)
	require.NoError(t, os.Truncate(filepath.Join(hurt, activations0), 6000))
	out := filepath.Join(t.TempDir(), "out")
	m, err := Recover(context.Background(), hurt, RecoverOptions{Out: out})
	require.NoError(t, err)
	verified(t, out)
	require.Less(t, m.Samples, int64(8))
	require.True(t, rundir.CanResume(out))
	require.FileExists(t, filepath.Join(out, rundir.DirectionsName))

	require.NoError(t, os.Remove(filepath.Join(hurt, rundir.DirectionsName)))
	out = filepath.Join(t.TempDir(), "out")
	m, err = Recover(context.Background(), hurt, RecoverOptions{Out: out})
	require.NoError(t, err)
	verified(t, out)
	require.Contains(t, m.Host.Recovered.Lost, rundir.Loss{File: rundir.DirectionsName, Why: "is missing; the run can be read without it, and not be resumed or replayed"})
	require.False(t, rundir.CanResume(out))

	lost := armRun(t, "all", nil)
	require.NoError(t, os.Remove(filepath.Join(lost, rundir.ManifestName)))
	out = filepath.Join(t.TempDir(), "out")
	m, err = Recover(context.Background(), lost, RecoverOptions{Out: out})
	require.NoError(t, err)
	require.Nil(t, m.Arms)
	require.EqualValues(t, 8, m.Samples)
	verified(t, out)
}

// A run with directions is replaced with them; one without leaves none behind.
func TestOverwriteRemovesDirections(t *testing.T) {
	dir := armRun(t, "all", nil)
	w := create(t, Config{Dir: dir, Overwrite: true, Manifest: wholeManifest("all", "response")})
	finish(t, w, rundir.Complete)
	require.NoFileExists(t, filepath.Join(dir, rundir.DirectionsName))
	verified(t, dir)
}

// What went wrong in an arm is found where runs are compared, and said by its column.
func TestCompareOfArms(t *testing.T) {
	dir := armRun(t, "all", nil)
	require.Zero(t, compareRuns(t, dir, armRun(t, "all", nil)).Different)
	for column, damage := range map[string]func(testing.TB, string){
		"edited":     editEdited(func(r []rundir.Row) { r[7].Edited = nil }),
		"scores":     editEdited(func(r []rundir.Row) { r[7].Scores[1] = -2.5 }),
		"edit_norm":  inArms(func(s []rundir.Sample) { s[1].EditNorm = another(0.75) }),
		"edit_ratio": inArms(func(s []rundir.Sample) { s[1].EditRatio = nil }),
		"kl":         inArms(func(s []rundir.Sample) { s[1].KL = another(1.0) }),
	} {
		other := armRun(t, "all", nil)
		damage(t, other)
		found := compareRuns(t, dir, other)
		require.EqualValues(t, 1, found.Different, column)
		require.Equal(t, column, found.First.Column)
		require.EqualValues(t, 1, found.First.SampleID)
	}
}

// Every format has the columns of interventions, with the values that the run has.
func TestExportOfArms(t *testing.T) {
	run, err := rundir.Open(armRun(t, "all", nil))
	require.NoError(t, err)
	for _, format := range export.Formats {
		_, err := export.Write(context.Background(), run, export.Config{Format: format, Out: filepath.Join(t.TempDir(), "out")})
		require.NoError(t, err, format)
	}
}
