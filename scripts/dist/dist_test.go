package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
}

// The same names and bytes give the same archive, whenever and in whatever order
// they were written.
func TestPackDependsOnNothingElse(t *testing.T) {
	var archives [2][]byte
	for i, order := range [][]string{{"bin/tool", "a.txt"}, {"a.txt", "bin/tool"}} {
		folder := filepath.Join(t.TempDir(), "tool-1")
		for _, name := range order {
			mode := os.FileMode(0o640)
			if name == "bin/tool" {
				mode = 0o700
			}
			write(t, filepath.Join(folder, name), name, mode)
			require.NoError(t, os.Chtimes(filepath.Join(folder, name), time.Now(), time.Unix(int64(i)*1000, 0)))
		}
		out := filepath.Join(t.TempDir(), "out.tar.gz")
		require.NoError(t, pack(folder, out, time.Unix(1700000000, 0)))
		var err error
		archives[i], err = os.ReadFile(out)
		require.NoError(t, err)
	}
	require.Equal(t, archives[0], archives[1])

	zip, err := gzip.NewReader(bytes.NewReader(archives[0]))
	require.NoError(t, err)
	var names []string
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		names = append(names, h.Name)
		require.Equal(t, int64(1700000000), h.ModTime.Unix())
		require.Zero(t, h.Uid+h.Gid)
		if h.Name == "tool-1/bin/tool" {
			require.Equal(t, int64(0o755), h.Mode)
		}
	}
	require.Equal(t, []string{"tool-1/", "tool-1/a.txt", "tool-1/bin/", "tool-1/bin/tool"}, names)
}

func TestPackRefusesLinks(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(folder, "link")))
	require.ErrorContains(t, pack(folder, filepath.Join(t.TempDir(), "x"), time.Now()), "neither a file nor a folder")
}

// The system's shell stands in for the program.
func TestCheckNamesWhatDoesNotFit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads an ELF file")
	}
	self, err := os.ReadFile("/bin/sh")
	require.NoError(t, err)
	folder := t.TempDir()
	write(t, filepath.Join(folder, "bin", "tool"), string(self), 0o755)
	write(t, filepath.Join(folder, "README"), "no binary", 0o644)
	write(t, filepath.Join(folder, "empty"), "", 0o644)

	var out strings.Builder
	require.NoError(t, check(&out, folder, []string{"GLIBC_9.9"}, []string{"/no/such/builder"}))
	require.Contains(t, out.String(), "1 binaries for linux ")
	require.ErrorContains(t, check(&out, folder, []string{"GLIBC_2.0"}, nil), "promised is GLIBC_2.0")
	require.ErrorContains(t, check(&out, folder, nil, []string{"/bin/"}), "names a path of the machine it was built on")
	require.ErrorContains(t, check(&out, t.TempDir(), nil, nil), "holds no program")

	require.Error(t, errors.Join(binary{path: "x", needed: []string{"libllama.so.0"}}.faults(folder)...))
	require.Error(t, errors.Join(binary{path: "x", search: []string{"/usr/local/lib"}}.faults(folder)...))
	require.Empty(t, binary{path: "x", needed: []string{"libc.so.6"}, search: []string{"$ORIGIN"}}.faults(folder))
}

func TestNewerVersion(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"2.34", "2.4", true}, {"2.4", "2.34", false}, {"2.2.5", "2.2", true}, {"2.2", "2.2", false}, {"", "2.2", false}, {"2.2", "", true}} {
		require.Equal(t, c.want, newerVersion(c.a, c.b), "%s against %s", c.a, c.b)
	}
}

func TestNoticeNames(t *testing.T) {
	for name, want := range map[string]bool{"LICENSE": true, "LICENSE.txt": true, "License": true, "COPYING": true, "NOTICE": true, "LICENCE-MIT": true, "PATENTS": true, "licenses": false, "README.md": false, "noticeboard": false} {
		require.Equal(t, want, noticeName.MatchString(name), name)
	}
	require.True(t, source.MatchString("license.go"))
}

func TestTermsInReadme(t *testing.T) {
	folder := t.TempDir()
	require.Empty(t, termsInReadme(folder))
	write(t, filepath.Join(folder, "README.md"), "A library.", 0o644)
	require.Empty(t, termsInReadme(folder))
	write(t, filepath.Join(folder, "README.md"), "MIT License\n\nPermission is hereby granted, free of charge", 0o644)
	require.Len(t, termsInReadme(folder), 1)
}
