package disk

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFilesEndAsTheirFormatsDo(t *testing.T) {
	for _, path := range []string{"a.arrow", "dir.x/a.ARROW", "a.b.svg", "a.npz.arrow"} {
		require.NoError(t, CheckEnding(path, "a map", ".arrow", ".svg"))
	}
	for path, says := range map[string]string{
		"a.csv":       `a.csv: a map is written as .arrow or .svg, not as ".csv"`,
		"a.arrow.csv": `not as ".csv"`,
		"dir.arrow/a": "dir.arrow/a: a map is written as .arrow or .svg; the name has no ending",
		"arrow":       "no ending",
	} {
		require.ErrorContains(t, CheckEnding(path, "a map", ".arrow", ".svg"), says)
	}
}
