package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/storage"
	"intentprobe/storage/export"
	"intentprobe/storage/rundir"
)

// steeredRun is a run of a prompt of three tokens in two arms; the second edits the last.
func steeredRun(t testing.TB) string {
	dir := filepath.Join(t.TempDir(), "run")
	m := &rundir.Manifest{Arms: []rundir.Arm{{Name: "none", Kind: "none"}, {Name: "lie@2", Kind: "edit", Edits: []rundir.ArmEdit{{Intervention: "lie", Do: "add"}}}}}
	w, err := storage.Create(storage.Config{Dir: dir, Rows: 4, Manifest: m, Optional: []string{"arm", "edited_tokens", "edit_norm", "edit_ratio", "kl", "edited", "scores"}, Directions: []byte("d")})
	require.NoError(t, err)
	for _, arm := range []string{"none", "lie@2"} {
		s := w.Begin(3)
		said := rundir.Sample{PromptID: "p", Arm: &arm, Prompt: "a b c", FinishReason: "length", PromptTokens: 3, Meta: "{}"}
		for i := range 3 {
			_, err := s.Reserve()
			require.NoError(t, err)
			r := rundir.Row{Position: int32(i), TokenID: int32(i + 7), Token: []string{"a", " b", " c"}[i]}
			if arm != "none" && i == 2 {
				norm, ratio, kl := 1.5, 0.25, 0.75
				r.Edited, r.Scores, said.EditedTokens, said.EditNorm, said.EditRatio, said.KL = []string{"lie"}, []float64{0.5, -1}, 1, &norm, &ratio, &kl
			}
			require.NoError(t, s.Add(r))
		}
		require.NoError(t, s.End(said))
	}
	require.NoError(t, w.Commit())
	_, err = w.Finish(rundir.Complete, nil)
	require.NoError(t, err)
	return dir
}

func TestInspectShowsArmsAndEditedTokens(t *testing.T) {
	dir := steeredRun(t)
	in, err := inspect(dir, 1)
	require.NoError(t, err)
	assert.Equal(t, []rundir.ArmCount{{Name: "none", Kind: "none", Samples: 1}, {Name: "lie@2", Kind: "edit", Samples: 1}}, in.Arms)
	var out bytes.Buffer
	printInspection(&out, in)
	assert.Regexp(t, `(?m)^directions   directions.safetensors, sha256 18ac3e73`, out.String())
	assert.Regexp(t, `(?m)^arms         none +none +1 sample\n +lie@2 +edit +1 sample$`, out.String())

	out.Reset()
	require.NoError(t, inspectSample(&out, dir, 1, false))
	assert.Equal(t, `sample       1 (prompt p, arm lie@2), 3 tokens, 3 rows
prompt       a b c
response     
edited       1 of 3 tokens, norm of what was added 1.5, relative to the row 0.25, KL(none || arm) 0.75

position  token  phase   role    edited by  scores
2          c     prompt  system  lie        0.5 -1
`, out.String())
	out.Reset()
	require.NoError(t, inspectSample(&out, dir, 0, false))
	assert.Contains(t, out.String(), "edited       0 of 3 tokens\n")
	out.Reset()
	require.NoError(t, inspectSample(&out, dir, 1, true))
	var got sampleInspection
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	assert.Equal(t, []editedToken{{Position: 2, TokenID: 9, Token: " c", Phase: "prompt", Role: "system", Edited: []string{"lie"}, Scores: []float64{0.5, -1}}}, got.Edited)
	assert.EqualValues(t, 1, got.Sample.EditedTokens)
	require.ErrorContains(t, inspectSample(&out, dir, 2, false), "holds no sample 2")

	_, _, err = exportRun(t.Context(), dir, exportWhere("arm=lie@3"), nil)
	require.ErrorContains(t, exportError(err, dir), "no sample fits arm=lie@3")
	done, m, err := exportRun(t.Context(), dir, exportWhere("arm=lie@2"), nil)
	require.NoError(t, err)
	out.Reset()
	printExport(&out, done, m)
	assert.Contains(t, out.String(), "export: 3 rows, 1 of 2 samples, 0 activation columns\n")
}

func exportWhere(condition string) export.Config {
	return export.Config{Format: "npz", Where: []string{condition}}
}
