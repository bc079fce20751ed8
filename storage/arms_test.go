package storage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
		counts, err := run.ArmCounts()
		require.NoError(t, err)
		require.Equal(t, []rundir.ArmCount{
			{Name: "none", Kind: "none", Samples: 2}, {Name: "lie@1", Kind: "edit", Samples: 2}, {Name: "both", Kind: "edit", Samples: 2}, {Name: "prompt", Kind: "prompt", Of: "lie@1", Samples: 2},
		}, counts)
		run.Manifest.Arms = run.Manifest.Arms[:1] // as if the others were lost
		counts, err = run.ArmCounts()
		require.NoError(t, err)
		require.Equal(t, []rundir.ArmCount{{Name: "none", Kind: "none", Samples: 2}, {Name: "both", Samples: 2}, {Name: "lie@1", Samples: 2}, {Name: "prompt", Samples: 2}}, counts)
		foreign, err := run.Foreign()
		require.NoError(t, err)
		require.Empty(t, foreign)
	}
}
