package capture

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/decode"
	"intentprobe/capture/internal/expect"
	"intentprobe/models"
	"intentprobe/storage/rundir"
)

func TestAFileThatWasChangedIsKnown(t *testing.T) {
	path := expect.File(t, "model.gguf", "weights")
	stamp, err := stampOf(path)
	require.NoError(t, err)
	require.NoError(t, stamp.check())

	later := stamp.ModTime().Add(time.Second)
	require.NoError(t, os.Chtimes(path, later, later))
	err = stamp.check()
	assert.ErrorContains(t, err, "model.gguf")
	assert.ErrorContains(t, err, "was changed while it was in use")
	var hint interface{ Hint() string }
	require.ErrorAs(t, err, &hint)
	assert.Contains(t, hint.Hint(), "run again")

	require.NoError(t, os.WriteFile(path, []byte("other weights"), 0o600))
	require.NoError(t, os.Chtimes(path, stamp.ModTime(), stamp.ModTime()))
	assert.ErrorContains(t, stamp.check(), "was changed", "another size, the same time")

	_, err = stampOf(path + ".not")
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestAFileThatWasReplacedByRenamingIsNotChanged(t *testing.T) {
	path := expect.File(t, "model.gguf", "weights")
	stamp, err := stampOf(path)
	require.NoError(t, err)
	require.NoError(t, os.Rename(expect.File(t, "other.gguf", "other weights"), path))
	assert.NoError(t, stamp.check())
}

// What was mapped into memory stays when its name goes.
func TestAFileThatWasRemovedIsNotChanged(t *testing.T) {
	path := expect.File(t, "model.gguf", "weights")
	stamp, err := stampOf(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	assert.NoError(t, stamp.check())
}

// tinyLlama copies the tiny random model of `make tiny`.
func tinyLlama(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("CAPTURE_TINY")
	if dir == "" {
		dir = filepath.Join("..", ".venv", "tiny")
	}
	text, err := os.ReadFile(filepath.Join(dir, "tiny-llama.gguf"))
	require.NoError(t, err, "`make tiny` writes it")
	return expect.File(t, "model.gguf", string(text))
}

func tinySession(t *testing.T, change func(*Spec)) *Session {
	t.Helper()
	spec := validSpec()
	spec.Model, spec.Prompts.Text, spec.Out = tinyLlama(t), []string{"Is it?", "And so?"}, filepath.Join(t.TempDir(), "run")
	spec.Generate.MaxTokens, spec.Engine.Threads = 2, 1
	change(&spec)
	s, err := Open(t.Context(), spec, Options{})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func TestAModelFileThatChangesFailsTheRun(t *testing.T) {
	for _, changed := range []bool{false, true} {
		s := tinySession(t, func(*Spec) {})
		result, err := s.Run(context.Background(), RunOptions{Progress: func(decode.Progress) {
			if changed {
				require.NoError(t, os.Chtimes(s.Spec.Model, time.Now(), time.Now().Add(time.Hour)))
			}
		}})
		run, rerr := rundir.Open(s.Spec.Out)
		require.NoError(t, rerr)
		require.NotNil(t, result)
		assert.Equal(t, run.Manifest.Status, result.Status)
		if !changed {
			require.NoError(t, err)
			assert.EqualValues(t, 2, result.Samples)
			assert.Equal(t, rundir.Complete, result.Status)
			continue
		}
		require.ErrorContains(t, err, "was changed while it was in use")
		assert.Equal(t, rundir.Failed, result.Status)
		assert.Zero(t, result.Samples, "rows of no known model are not kept")
		assert.Contains(t, run.Manifest.Error, "was changed")
	}
}

// The engine's batch is what the samples came to, and what the manifest says.
func TestTheManifestSaysWhatWasRun(t *testing.T) {
	s := tinySession(t, func(spec *Spec) { spec.Capture.Hooks = []string{"attn_out:0,resid_mid,z:1,logits"} })
	_, err := s.Run(context.Background(), RunOptions{})
	require.NoError(t, err)
	m, err := rundir.ReadManifest(s.Spec.Out)
	require.NoError(t, err)
	assert.EqualValues(t, 2, s.Prepared.Spec.Engine.Batch)
	assert.Regexp(t, `"batch": *2`, string(m.Spec))
	identities := map[string]string{}
	for _, h := range m.Hooks {
		assert.NotEmpty(t, h.Tensor, h.Name)
		identities[h.Name] = h.Identity
		assert.Less(t, h.Error, 1e-4)
	}
	assert.Equal(t, "resid_pre + attn_out = resid_mid", identities["blocks.0.hook_attn_out"])
	assert.Contains(t, identities["blocks.2.hook_resid_mid"], "resid_mid")
	assert.Equal(t, "unembedding of ln_final = logits", identities["unembed.hook_out.token_id"])
	assert.Empty(t, identities["blocks.1.attn.hook_z"])
}

// A model in several files is another one when any of them is.
func TestIdentifyLooksAtEveryFile(t *testing.T) {
	first, second := expect.File(t, "a.gguf", "head"), expect.File(t, "b.gguf", "weights")
	one, err := identify(t.Context(), []string{first})
	require.NoError(t, err)
	sum, err := models.FileSHA256(t.Context(), first)
	require.NoError(t, err)
	assert.Equal(t, sum, one.sha256)
	both, err := identify(t.Context(), []string{first, second})
	require.NoError(t, err)
	assert.EqualValues(t, 11, both.bytes)
	require.NoError(t, os.WriteFile(second, []byte("Weights"), 0o600))
	assert.ErrorContains(t, both.check(), "b.gguf")
	changed, err := identify(t.Context(), []string{first, second})
	require.NoError(t, err)
	assert.NotEqual(t, both.sha256, changed.sha256)
	_, err = identify(t.Context(), []string{first, second + ".not"})
	assert.ErrorIs(t, err, os.ErrNotExist)
}
