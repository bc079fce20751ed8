// Package expect has what the tests of several packages below capture share. Nothing but
// tests imports it.
package expect

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intentprobe/capture/hint"
)

// File puts text into a file of a fresh folder and gives its path.
func File(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Refused wants a *hint.UsageError that holds every one of the parts and says what
// to do next; it gives the hint.
func Refused(t testing.TB, err error, parts ...string) string {
	t.Helper()
	var usage *hint.UsageError
	if !errors.As(err, &usage) {
		t.Fatalf("want a *hint.UsageError, got %T: %v", err, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not hold %q", err, part)
		}
	}
	if usage.Hint() == "" {
		t.Errorf("no hint with %v", err)
	}
	return usage.Hint()
}
