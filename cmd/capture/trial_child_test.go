package main

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestHowATrialEnded(t *testing.T) {
	for script, want := range map[string]string{
		`kill -KILL $$`: "ended by killed",
		`exit 3`:        "exit status 3",
		`echo "a.cpp:1: GGML_ASSERT(n > 0) failed" >&2; echo "SIGABRT: abort" >&2; echo "PC=0x1" >&2; exit 2`: "ended by SIGABRT: a.cpp:1: GGML_ASSERT(n > 0) failed",
		`for i in 1 2 3 4 5; do echo line $i >&2; done; kill -SEGV $$`:                                        "ended by segmentation fault: line 3; line 4; line 5",
		`echo "fatal error: unexpected signal" >&2; echo "[signal SIGSEGV: segmentation" >&2; exit 2`:         "ended by SIGSEGV",
	} {
		var log bytes.Buffer
		child := exec.Command("sh", "-c", script)
		child.Stderr = &beginning{&log}
		require.Error(t, child.Run())
		assert.Equal(t, want, howItEnded(child.ProcessState, log.String()), script)
	}
}

func TestALogIsCut(t *testing.T) {
	var log bytes.Buffer
	w := &beginning{&log}
	for range 100 {
		n, err := w.Write(make([]byte, 1000))
		require.NoError(t, err)
		assert.Equal(t, 1000, n)
	}
	assert.Equal(t, 64<<10, log.Len())
}
