package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"intentprobe/models/gguf"
)

// kind is a kind of file: a whole one, what may happen to it, and how the program
// is given it.
type kind struct {
	name      string
	ending    string
	whole     []byte
	head      int
	mutations []mutation
	arguments func(path, scratch string) []string
}

var kindNames = []string{"gguf", "jsonl", "csv", "yaml"}

// openKind makes the whole file of a kind; model is the GGUF file to damage.
func openKind(name, program, model string) (*kind, error) {
	dryRun := func(path, _ string) []string {
		return []string{"run", "--model", "phantom", "--prompts", path, "--max-tokens", "2", "--dry-run", "--json"}
	}
	switch name {
	case "gguf":
		whole, err := os.ReadFile(model)
		if err != nil {
			return nil, err
		}
		head, err := gguf.ReadFile(model)
		if err != nil {
			return nil, err
		}
		return &kind{name, ".gguf", whole, int(head.Data), append(slices.Clone(anyFile), hugeNumbers, oneValue, oneValue), func(path, scratch string) []string {
			return []string{"run", "--model", path, "--prompt", "the", "--max-tokens", "2", "--hooks", "resid_post", "--overwrite", "--out", filepath.Join(scratch, "run")}
		}}, nil
	case "jsonl", "csv":
		lines, err := exec.Command(program, "phantom", "prompts", "--cause", "lie", "--n", "20", "--seed", "7").Output()
		if err != nil {
			return nil, fmt.Errorf("%s phantom prompts: %w", program, err)
		}
		if name == "csv" {
			lines = asCSV(lines)
		}
		return &kind{name, "." + name, lines, len(lines), append(slices.Clone(anyFile), textFile...), dryRun}, nil
	case "yaml":
		whole := []byte(wholeSpec)
		return &kind{name, ".yaml", whole, len(whole), slices.Concat(anyFile, textFile, yamlFile), func(path, _ string) []string {
			return []string{"run", path, "--dry-run", "--json"}
		}}, nil
	}
	return nil, fmt.Errorf("no kind %q: there are %s", name, strings.Join(kindNames, ", "))
}

// asCSV writes the prompts of a JSONL file as a table, with some that are quoted.
func asCSV(lines []byte) []byte {
	var b strings.Builder
	b.WriteString("id,prompt,label,note\n")
	for i, line := range strings.Split(strings.TrimSpace(string(lines)), "\n") {
		_, rest, _ := strings.Cut(line, `"prompt":"`)
		prompt, _, _ := strings.Cut(rest, `"`)
		fmt.Fprintf(&b, "%d,\"%s\",lie,\"a \"\"quoted\"\", long\nnote\"\n", i, prompt)
	}
	return []byte(b.String())
}

const wholeSpec = `# a comment
model: phantom
prompts:
  rows:
    - &first {id: a, prompt: the box holds, label: one, note: {deep: [1, 2, {x: null}]}}
    - id: b
      prompt: >-
        the box
        holds
      label: 2026-01-02
chat: {template: none}
generate: {max_tokens: 2, samples: 2, temperature: 0.8, top_k: 5, top_p: 0.9, min_p: 0.1, seed: 1, stop: ["\n\n", 'x']}
capture: {hooks: [resid_post, "attn_out:0-1"], tokens: all, dtype: float16, logprobs: all, top_logits: 3}
engine: {batch: 2, batch_invariant: false, threads: 1, ctx: 64, gpu_layers: 0, weights: as-is, flash_attn: auto, memory_check: true}
out: runs/x
`
