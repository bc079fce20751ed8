package intent

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/spec"
	"intentprobe/storage/disk"
)

// small is a size of which little is asked.
var small = Size{Families: 3, HeldOut: 2, Wordings: 2, Pairs: 4, Controls: 5, Swaps: 3, Seed: 9}

func declared(t *testing.T, size Size, sums Sums) *Declaration {
	s, err := Phantoms("listener", size, "/somewhere/subspaces.safetensors")
	require.NoError(t, err)
	runs, err := s.Runs(spec.Default(), "out")
	require.NoError(t, err)
	d, err := Declare(s, runs, size.Seed, sums)
	require.NoError(t, err)
	return d
}

func TestDeclarationCountsWhatIsAsked(t *testing.T) {
	d := declared(t, small, Sums{Model: "m", Subspaces: "s"})
	assert.Equal(t, small, d.Size)
	assert.Equal(t, "the bell rings", d.Study.Side)
	assert.Empty(t, d.Study.Swaps.File, "where a file lies is no part of what is declared")
	assert.Len(t, d.DataSets, 7)
}

// What is drawn at random is the same in every folder, or the same plan would give other figures.
func TestRandomSubspaceDoesNotDependOnFolders(t *testing.T) {
	of := func(dir string) *spec.Random {
		s, err := Phantoms("listener", small, dir+"/subspaces.safetensors")
		require.NoError(t, err)
		runs, err := s.Runs(spec.Default(), dir)
		require.NoError(t, err)
		for _, r := range runs {
			for _, i := range r.Spec.Interventions {
				if i.Vector.Random != nil {
					return i.Vector.Random
				}
			}
		}
		return nil
	}
	require.NotNil(t, of("a"))
	assert.Equal(t, of("a"), of("b"))
}

func TestDeclarationIsKeptOnce(t *testing.T) {
	dir := t.TempDir()
	sums := Sums{Model: "m", Subspaces: "s"}
	d := declared(t, small, sums)
	require.NoError(t, d.Keep(disk.OS{}, dir))
	require.NoError(t, declared(t, small, sums).Keep(disk.OS{}, dir))
	there, err := ReadDeclaration(dir)
	require.NoError(t, err)
	assert.Equal(t, d.SHA256, there.SHA256)

	other := small
	other.Families = 4
	require.ErrorContains(t, declared(t, other, sums).Keep(disk.OS{}, dir), "size.families was 3, is 4")
	require.ErrorContains(t, declared(t, small, Sums{Model: "n", Subspaces: "s"}).Keep(disk.OS{}, dir), `model_sha256 was "m", is "n"`)

	later := *d
	later.How.KVType, later.How.Chat.System = "q8_0", "Be brief."
	require.ErrorContains(t, later.Keep(disk.OS{}, dir), `how.chat.system was none, is "Be brief."`)

	path := filepath.Join(dir, DeclarationName)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append([]byte(`{"version": 1, "note": 1,`), text[1:]...), 0o600))
	_, err = ReadDeclaration(dir)
	require.ErrorContains(t, err, "was changed: it says sha256 ")
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Mkdir(filepath.Join(dir, folder), 0o700))
	require.ErrorContains(t, d.Keep(disk.OS{}, dir), "what was declared before them is not known")
}
