package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// What one run of the program may take.
const (
	mostTime   = 5 * time.Second // of a processor
	patience   = 5 * time.Minute // by the clock: only what hangs waits so long
	mostMemory = 1 << 30
)

// outcome is what the program did with one damaged file.
type outcome struct {
	accepted bool
	crash    string // of llama.cpp in the trial's process: what it said
	failure  string // empty: an error that says what is wrong, or a result
	took     time.Duration
	memory   int64
}

// attempt runs the program on one file, in a folder of its own with an empty cache.
func attempt(k *kind, program string, damaged []byte, dir string) (o outcome) {
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "damaged"+k.ending)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return outcome{failure: err.Error()}
	}
	if err := os.WriteFile(path, damaged, 0o666); err != nil {
		return outcome{failure: err.Error()}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, k.arguments(path, dir)...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CAPTURE_") })
	cmd.Env = append(cmd.Env, "CAPTURE_CACHE="+filepath.Join(dir, "cache"), "CAPTURE_THREADS=1", "HOME="+dir)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	o.took = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime() // of the program and its own children
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		o.memory = int64(usage.Maxrss) << 10 // of the program or its own children
	}
	o.accepted = err == nil
	if _, after, ok := strings.Cut(log.String(), "a trial load in a process of its own failed: "); ok {
		o.crash, _, _ = strings.Cut(after, "\n")
	}
	o.failure = judge(cmd.ProcessState.ExitCode(), out.String(), log.String())
	switch {
	case o.failure != "":
	case o.took > mostTime:
		o.failure = fmt.Sprintf("took %s", o.took)
	case o.memory > mostMemory:
		o.failure = fmt.Sprintf("took %d MiB", o.memory>>20)
	}
	return o
}

// judge says what is wrong with how the program ended.
func judge(code int, out, log string) string {
	for _, sign := range []string{"panic:", "goroutine ", "fatal error:", "SIGSEGV", "SIGABRT"} {
		inOwnWords := strings.Contains(log, "a trial load in a process of its own failed") || strings.HasPrefix(log, "capture: error:")
		if strings.Contains(log, sign) && !inOwnWords {
			return "a crash: " + log[:min(len(log), 2000)]
		}
	}
	for _, r := range log {
		if r == '\x1b' || r == '\x07' || r >= 0x80 && r < 0xa0 || r == '\u202e' {
			return fmt.Sprintf("%U on the terminal", r)
		}
	}
	switch code {
	case 0:
		for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
			if strings.HasPrefix(line, "{") && !json.Valid([]byte(line)) {
				return "output that is no JSON: " + line
			}
		}
		return ""
	case 1, 2:
		if !strings.Contains(log, "capture: error: ") || !strings.Contains(log, "capture: hint: ") {
			return "an error without words or without a hint: " + log
		}
		if len(log) > 8<<10 {
			return fmt.Sprintf("an error of %d bytes", len(log))
		}
		return ""
	}
	return fmt.Sprintf("exit code %d: %s", code, log)
}
