package rundir

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/storage/arrowfile"
)

// docLines are the lines of a table of docs/format.md, made of a table of columns:
// those of one meaning stand in one line.
func docLines[T any](columns Columns[T]) (out []string) {
	for i := 0; i < len(columns); {
		end := i + 1
		for end < len(columns) && columns[end].Doc == "" {
			end++
		}
		var names, types []string
		for _, c := range columns[i:end] {
			names, types = append(names, "`"+c.Name+"`"), append(types, arrowfile.TypeName(c.Field))
		}
		if len(slices.Compact(slices.Clone(types))) == 1 {
			types = types[:1]
		}
		null := map[bool]string{true: "yes", false: "no"}[columns[i].Nullable]
		out = append(out, fmt.Sprintf("| %s | %s | %s | %s |", strings.Join(names, ", "), strings.Join(types, ", "), null, columns[i].Doc))
		i = end
	}
	return out
}

// The tables of docs/format.md are those of the code, in the same order.
func TestTheTablesOfTheDocsAreThoseOfTheCode(t *testing.T) {
	text, err := os.ReadFile("../../docs/format.md")
	require.NoError(t, err)
	for heading, want := range map[string][]string{"## `activations`": docLines(RowColumns), "## `samples`": docLines(SampleColumns)} {
		_, section, found := strings.Cut(string(text), heading+"\n")
		require.True(t, found, heading)
		section, _, _ = strings.Cut(section, "\n## ")
		var got []string
		for _, line := range strings.Split(section, "\n") {
			if strings.HasPrefix(line, "| `") {
				got = append(got, line)
			}
		}
		require.Equal(t, want, got, heading)
	}
}

// All columns that share a line of the docs may be null, or none.
func TestColumnsOfOneLineAreAlike(t *testing.T) {
	null := false
	for _, c := range SampleColumns {
		if c.Doc != "" {
			null = c.Nullable
		}
		require.Equal(t, null, c.Nullable, c.Name)
	}
}
