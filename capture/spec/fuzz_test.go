package spec

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"intentprobe/capture/hint"
)

func FuzzSpecFile(f *testing.F) {
	for _, seed := range []string{
		"", "---\n", "model: x\n", "chat: none\nprompts: a.jsonl\n", "chat:\nprompts:\n", "generate: {max_tokens: 5, stop: [\"\\n\"]}\n",
		"prompts: {rows: [{id: A, prompt: x, Topic: y}]}\n", "prompts: {text: [a, 1, null, 2026-01-02]}\n", "chat: {vars: {A: 1, 2: b}}\n",
		"modle: x\n", "model: a\nmodel: b\n", "- a\n", "{", "\t", "a: &x [*x]\n", "prompts: &p {rows: [*p]}\n", "<<: {model: x}\n",
		"model: !!binary x\n", "? [a]\n: b\n", "prompts: {rows: [{? {a: b} : c}]}\n", "chat: *x\n", "prompts: {file: \"\\0\"}\n",
		"a: &a [x, x]\nb: &b [*a, *a]\nprompts: {rows: [{prompt: x, m: [*b, *b]}]}\n", "chat: {vars: [[[[[[]]]]]]}\n", "chat: {vars: {a: &x [1, *x]}}\n",
	} {
		f.Add([]byte(seed))
	}
	experiment, err := os.ReadFile("testdata/experiment.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(experiment), "conditions: &c [{name: a}]\nstyles: *c\n", "conditions:\nsplit: {a: x}\nknowledge: {samples: many}\n", "spans: [*x]\n",
		"conditions: [&x {name: a, vars: {b: [c]}}, *x]\n", "knowledge: [1]\nfollowups: {}\n", "pairs: {differ: {a: b}}\n",
	} {
		f.Add([]byte(seed))
	}
	for _, seed := range []string{
		"interventions: [{name: a, at: 'resid_post:1', do: add, vector: f, scale: [1, 2], tokens: all}]\narms: [none, 'a@1', {name: b, of: ['a@2']}]\ncontrols: {random: 2}\n",
		"interventions: [{name: a, at: ['*'], each: layer, do: set, vector: {random: {like: f#x}}, min: -1, unit: gap, tokens: last, when: {probe: p, above: .nan}}]\n",
		"conditions: [{name: c}]\ninterventions: [{name: a, at: z, heads: [0], do: swap, from: {condition: c}, align: span, tokens: 'span:x'}]\n",
		"interventions: [&x {vector: {mean: {run: r}}, from: *x}]\narms: [*x, null, [a]]\ncontrols: [1]\n", "arms: [{of: a}]\ncontrols: {scale: -0.0, layer: [99999999]}\n",
		"interventions: [{name: a, at: 'resid_post:0-99999999', do: erase, vector: f, tokens: '!'}]\n", "controls: {prompt: x}\narms: [prompt]\n",
	} {
		f.Add([]byte(seed))
	}
	demo, err := os.ReadFile("../../scripts/demo/facts.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(demo)
	path := filepath.Join(f.TempDir(), "spec.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		spec, err := readSpecBytes(path, text)
		var usage *hint.UsageError
		if err == nil { // what was read can be checked, and kept
			whole := validSpec()
			whole.Apply(spec)
			err = whole.Validate()
			if err == nil {
				kept, jerr := json.Marshal(whole)
				if jerr != nil {
					t.Fatal(jerr)
				}
				back, jerr := ReadJSON(kept)
				if err = jerr; err == nil {
					err = back.Validate()
				}
			}
		}
		if err != nil && (!errors.As(err, &usage) || usage.Hint() == "") {
			t.Fatalf("%T without a hint: %v", err, err)
		}
	})
}
