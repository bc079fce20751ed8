package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module writes files below a folder and checks them.
func module(t *testing.T, files map[string]string, exceptions map[place]string) []string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	found, err := check(root, exceptions)
	require.NoError(t, err)
	return found
}

// long is a file of so many lines.
func long(lines int) string { return "package p\n" + strings.Repeat("\n", lines-1) }

// many is a package of so many files, the last of which uses the names of all others;
// of the others so many use a name of the last.
func many(n, back int) map[string]string {
	out, last := map[string]string{}, "package p\n\nvar last = 1\n"
	for i := range n - 1 {
		out[fmt.Sprintf("p/f%02d.go", i)] = fmt.Sprintf("package p\n\nvar v%d = 1\n", i)
		if i < back {
			out[fmt.Sprintf("p/f%02d.go", i)] += fmt.Sprintf("\nfunc u%d() int { return last }\n", i)
		}
		last += fmt.Sprintf("\nfunc w%d() int { return v%d }\n", i, i)
	}
	out["p/last.go"] = last
	return out
}

func TestCheckNamesWhatIsWrongWhere(t *testing.T) {
	with := func(files map[string]string, name, text string) map[string]string {
		files[name] = text
		return files
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"nothing":                  {many(30, 0), nil},
		"a file too many":          {many(31, 0), []string{"p: 31 product files, more than 30: make a package of what stands by itself"}},
		"tests are not counted":    {with(many(30, 0), "p/f_test.go", "package p\n"), nil},
		"the longest file":         {with(many(3, 0), "p/long.go", long(400)), nil},
		"a file too long":          {with(many(3, 0), "p/long.go", long(401)), []string{"p/long.go: 401 lines, more than 400: split it by concept"}},
		"a test too long":          {with(many(3, 0), "p/long_test.go", long(401)), []string{"p/long_test.go: 401 lines, more than 400: split it by concept"}},
		"a file of another system": {with(many(3, 0), "p/f_plan9.go", long(401)), []string{"p/f_plan9.go: 401 lines, more than 400: split it by concept"}},
		"testdata may be long":     {with(many(3, 0), "p/testdata/x.go", long(401)), nil},
		"the largest median":       {map[string]string{"p/a.go": long(170)}, nil},
		"a median too large":       {map[string]string{"p/a.go": long(171), "q/a.go": long(171), "r/a.go": long(3)}, []string{"all: the median file has 171 lines, more than 170"}},
		"one tie in ten":           {many(21, 2), nil},
		"more than one in ten":     {many(22, 3), []string{"p: 3 of 24 ties run back up, more than 10 in a hundred: `go run ./scripts/house p` names them"}},
		"a few ties are nothing":   {many(15, 6), nil},
	} {
		assert.Equal(t, c.want, module(t, c.files, nil), name)
	}
}

func TestExceptions(t *testing.T) {
	files := many(31, 0)
	files["p/long_test.go"] = long(401)
	tooMany, tooLong := place{"p", filesRule}, place{"p/long_test.go", linesRule}
	assert.Len(t, module(t, files, nil), 2)
	assert.Equal(t, []string{"p/long_test.go: 401 lines, more than 400: split it by concept"}, module(t, files, map[place]string{tooMany: "why"}), "one excuses one rule in one place")
	assert.Empty(t, module(t, files, map[place]string{tooMany: "why", tooLong: "why"}))
	assert.Equal(t, []string{"p: the exception for files (why) is no longer needed: remove it"}, module(t, many(30, 0), map[place]string{tooMany: "why"}))
}

// An empty folder is no house in order.
func TestCheckNeedsPackages(t *testing.T) {
	_, err := check(t.TempDir(), nil)
	assert.ErrorContains(t, err, "no packages")
}
