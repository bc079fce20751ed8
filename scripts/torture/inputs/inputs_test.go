package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program gives the program: that of `make build`, or one that is built here.
func program(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CAPTURE_BIN"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "capture")
	out, err := exec.Command("go", "build", "-o", path, "../../../cmd/capture").CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// A hundred damaged files of each kind, 40 with -short; `go run ./scripts/torture/inputs`
// runs more.
func TestDamagedFiles(t *testing.T) {
	n := 100
	if testing.Short() {
		n = 40
	}
	bin := program(t)
	for _, name := range kindNames {
		k, err := openKind(name, bin, filepath.Join("..", "..", "..", "models", "phantom", "phantom.gguf"))
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) {
			whole := attempt(k, bin, k.whole, t.TempDir())
			require.Empty(t, whole.failure)
			require.True(t, whole.accepted, "the file without damage")
			sum, err := torture(k, bin, n, 1, 2, "")
			require.NoError(t, err)
			t.Log(sum)
			assert.Empty(t, sum.Failures)
			assert.Equal(t, n, sum.Tried)
			assert.Greater(t, sum.Refused, n/5)
			assert.Positive(t, sum.Accepted, "a mutation that does no harm")
		})
	}
}

// The judge sees what it is there for.
func TestTheJudge(t *testing.T) {
	good := "capture: error: x\ncapture: hint: y\n"
	assert.Empty(t, judge(0, `{"a":1}`, ""))
	assert.Empty(t, judge(2, "", good))
	for name, c := range map[string]struct {
		code     int
		out, log string
	}{
		"signal":      {-1, "", ""},
		"panic":       {2, "", "panic: x\n\ngoroutine 1 [running]:\n"},
		"no words":    {1, "", ""},
		"no hint":     {1, "", "capture: error: x\n"},
		"long":        {1, "", good + strings.Repeat("x", 9000)},
		"half a JSON": {0, `{"a":`, ""},
		"escape":      {1, "", good + "\x1b[2J"},
		"C1":          {1, "", good + "\u009b2J"},
		"bidi":        {1, "", good + "\u202e"},
	} {
		assert.NotEmpty(t, judge(c.code, c.out, c.log), name)
	}
}
