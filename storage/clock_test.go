package storage

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/disk"
	"intentprobe/storage/rundir"
	"intentprobe/storage/verify"
)

// A clock that goes backwards while a run is written is no damage, and keeps nobody
// from going on: times are told and never compared.
func TestClockGoesBackwards(t *testing.T) {
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	w := create(t, Config{Manifest: wholeManifest("all", "response")})
	w.cfg.Manifest.Host.Started = now
	s := w.Begin(1)
	p, err := s.Reserve()
	require.NoError(t, err)
	fill(w, p, 0, 0)
	require.NoError(t, s.Add(wholeRow(0)))
	require.NoError(t, s.End(wholeSample(0, 1)))
	require.NoError(t, w.Commit())
	w.cfg.Manifest.Host.Resumed = []time.Time{now.AddDate(-5, 0, 0)}
	w.cfg.Manifest.Host.Finished = now.AddDate(-60, 0, 0)
	_, err = w.Finish(rundir.Failed, errors.New("stopped"))
	require.NoError(t, err)
	good := func() {
		v, err := verify.Run(context.Background(), w.cfg.Dir, false)
		require.NoError(t, err)
		require.Empty(t, v.Problems)
	}
	good()
	again, err := Resume(w.cfg)
	require.NoError(t, err)
	require.True(t, again.Has(0))
	finish(t, again, rundir.Complete)
	good()
}

// The lock is the operating system's: what its file says of the time, and who
// held it, means nothing once the process has ended.
func TestLockFromTheFuture(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, writeFaulty(faultyConfig(dir, disk.OS{})))
	text, err := json.Marshal(disk.Holder{PID: os.Getpid(), Host: "elsewhere", Since: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, disk.LockName), text, 0o666))
	require.NoError(t, disk.CheckLock(dir))
	require.NoError(t, resumeFaulty(faultyConfig(dir, disk.OS{})))
	require.NoFileExists(t, filepath.Join(dir, disk.LockName))
}
