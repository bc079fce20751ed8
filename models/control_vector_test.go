package models

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
)

// controlVector compiles a program that knows llama.cpp's control vectors and none of ours.
func controlVector(t *testing.T) string {
	t.Helper()
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "llama").Output()
	require.NoError(t, err)
	program := filepath.Join(t.TempDir(), "control_vector")
	args := append([]string{"-O1", "-o", program, filepath.Join("testdata", "control_vector.c")}, strings.Fields(string(flags))...)
	said, err := exec.Command("cc", args...).CombinedOutput()
	require.NoError(t, err, "%s", said)
	return program
}

// Tokens whose first four are decoded at once, the others one by one, as a response is.
var steered = []Token{5, 17, 101, 42, 77, 9, 130}

const steeredPrompt = 4

// upstream gives what a model makes of these tokens: [token][layers of width, then logits].
func upstream(t *testing.T, program, model string, layer int, v []float32) [][]float32 {
	t.Helper()
	var raw bytes.Buffer
	require.NoError(t, binary.Write(&raw, binary.LittleEndian, v))
	file := filepath.Join(t.TempDir(), "vector")
	require.NoError(t, os.WriteFile(file, raw.Bytes(), 0o666))
	args := []string{model, fmt.Sprint(layer), file, fmt.Sprint(steeredPrompt)}
	for _, token := range steered {
		args = append(args, fmt.Sprint(token))
	}
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	cmd.Env = os.Environ()
	said, err := cmd.Output()
	require.NoError(t, err)
	floats := make([]float32, len(said)/4)
	require.NoError(t, binary.Read(bytes.NewReader(said), binary.LittleEndian, floats))
	rows := make([][]float32, len(steered))
	for i := range rows {
		each := len(floats) / len(rows)
		rows[i] = floats[i*each : (i+1)*each]
	}
	return rows
}

// ours gives the same by an edit of every token.
func ours(t *testing.T, m *Model, layer int, v []float32) (rows [][]float32) {
	t.Helper()
	c := newContext(t, m, exact)
	p := choose(t, c, "resid_post")
	if v != nil {
		p.Edits = []hooks.Edit{{Located: p.Reads[layer], Name: "it", Op: hooks.EditAdd, Floats: len(v), Vector: v, Factor: 1}}
		require.NoError(t, c.SetPlan(p))
	}
	c.Clear()
	for at := 0; at < len(steered); {
		end := max(at+1, steeredPrompt)
		b := batchOf(steered[at:end], 0, at)
		for i := 0; v != nil && i < b.Len(); i++ {
			b.Edits = append(b.Edits, Application{Token: i})
		}
		s := capture(t, c, b)
		for i := range b.Len() {
			var row []float32
			for column := range p.Reads {
				row = append(row, s.floats(column, i)...)
			}
			logits, err := c.Logits(i)
			require.NoError(t, err)
			rows = append(rows, append(row, logits...))
		}
		at = end
	}
	return rows
}

// distance is the norm of the difference over that of the second one.
func distance(got, want []float32) float64 {
	difference := make([]float32, len(got))
	for i := range got {
		difference[i] = got[i] - want[i]
	}
	return math.Sqrt(along(difference, difference) / along(want, want))
}

// An edit that adds a vector to resid_post of block N is llama.cpp's own control vector
// direction.N: in every row of every block, at tokens of a prompt and at those after it.
func TestAddIsAControlVector(t *testing.T) {
	program := controlVector(t)
	models := []string{tiny(t, "llama"), tiny(t, "qwen3"), tiny(t, "gemma2"), tiny(t, "olmo2"), tiny(t, "phi2")}
	if real := os.Getenv("CAPTURE_MODEL"); real != "" {
		models = append(models, real)
	}
	for _, path := range models {
		m := loadFile(t, path)
		layers, width := m.Facts().Layers, m.Facts().Width
		for _, layer := range []int{1, layers / 2, layers - 1} {
			v := noise(width, uint64(layer))
			got, want := ours(t, m, layer, v), upstream(t, program, path, layer, v)
			for token := range steered {
				require.Len(t, got[token], len(want[token]), path)
				for block := range layers {
					at, end := block*width, (block+1)*width
					assert.LessOrEqual(t, distance(got[token][at:end], want[token][at:end]), 1e-6, "%s: direction.%d, block %d, token %d", path, layer, block, token)
				}
				assert.LessOrEqual(t, distance(got[token][layers*width:], want[token][layers*width:]), 1e-6, "%s: direction.%d, logits, token %d", path, layer, token)
			}
			off, last := ours(t, m, layer-1, v)[len(steered)-1], want[len(steered)-1]
			assert.Greater(t, distance(off[:layers*width], last[:layers*width]), 1e-3, "%s: one block off would be seen", path)
		}
		got, want := ours(t, m, 0, nil), upstream(t, program, path, 1, nil)
		for token := range steered {
			assert.LessOrEqual(t, distance(got[token], want[token]), 1e-6, "%s: without a vector", path)
		}
	}
}
