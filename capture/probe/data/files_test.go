package data

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture/probe/fit"
	"intentprobe/storage/rundir"
)

// handles counts the files that this process has open.
func handles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Skip("this system does not list open files: ", err)
	}
	return len(entries)
}

// A run has two files a group, of which there may be one a sample; systems allow 256 to 1,024
// files at once.
func TestOneFileIsOpenAtATime(t *testing.T) {
	dir := design{questions: 30, groups: 1}.write(t)
	before, most := handles(t), 0
	look := func() { most = max(most, handles(t)-before) }
	opt := truth()
	opt.Rows, opt.Tokens = RowsToken, []string{"response"}
	s, err := Open(ctx, []string{dir}, opt)
	require.NoError(t, err)
	look()
	of, err := s.Space(post, "response")
	require.NoError(t, err)
	of.Rows.(*space).rows = 1
	blocks, tokens := 0, 0
	require.NoError(t, of.Rows.Each(ctx, func(*fit.Block) error {
		blocks++
		look()
		return nil
	}))
	require.NoError(t, s.EachToken(ctx, "response", func(int, *rundir.Row) error {
		tokens++
		look()
		return nil
	}))
	assert.Equal(t, blocks, tokens)
	assert.Greater(t, blocks, 60)
	assert.LessOrEqual(t, most, 4, "files open at once")
}
