package verify

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/rundir"
)

func TestVerifyNeedsAManifest(t *testing.T) {
	_, err := Run(context.Background(), t.TempDir(), false)
	require.ErrorIs(t, err, rundir.ErrNoRecord)
}
