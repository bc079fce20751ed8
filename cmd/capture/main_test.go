package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"intentprobe/capture/effect/simulate"
	"intentprobe/models"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"capture": main, "simulate": simulateRun})
}

// simulateRun writes a run of a simulated design, which a JSON file has:
//
//	simulate DESIGN.json OUT
func simulateRun() {
	var d simulate.Design
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err == nil {
		arms, samples := d.Make()
		err = simulate.Write(os.Args[2], arms, samples)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The scripts run the real program on the tiny random models of `make tiny`.
func TestScripts(t *testing.T) {
	dir := os.Getenv("CAPTURE_TINY")
	if dir == "" {
		dir = filepath.Join("..", "..", ".venv", "tiny")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "tiny-llama.gguf")); err != nil {
		t.Fatalf("%v: `make tiny` writes it", err)
	}
	adapter, err := filepath.Abs(filepath.Join("testdata", "adapter.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	format2, err := filepath.Abs(filepath.Join("..", "..", "storage", "testdata", "format-2"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Condition: func(name string) (bool, error) {
			build, err := models.EngineBuild()
			return name == "root" && os.Getuid() == 0 || name == "libraries" && build.Library != "", err
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("TINY", dir)
			env.Setenv("LLAMA", filepath.Join(dir, "tiny-llama.gguf"))
			env.Setenv("FORMAT2", format2)
			env.Setenv("ADAPTER", adapter)
			env.Setenv("CAPTURE_THREADS", "1") // the scripts run at once
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			return os.MkdirAll(filepath.Join(env.WorkDir, "home"), 0o777)
		},
	})
}
