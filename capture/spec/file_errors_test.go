package spec

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"intentprobe/capture/internal/expect"
)

func TestUnknownKeysTellPlaceAndNearest(t *testing.T) {
	for _, c := range []struct{ text, place, key, nearest string }{
		{"modle: x\n", "bad.yaml:1:", `"modle"`, "model"},
		{"model: x\n\ngenerate:\n  max_token: 5\n", "bad.yaml:4:", `"generate.max_token"`, "max_tokens"},
		{"capture: {hooks: [resid_post],\n  token: all}\n", "bad.yaml:2:", `"capture.token"`, "tokens"},
		{"engine:\n  # comment\n  gpu-layers: 3\n", "bad.yaml:3:", `"engine.gpu-layers"`, "gpu_layers"},
		{"prompts: {files: x}\n", "bad.yaml:1:", `"prompts.files"`, "file"},
		{"Model: x\n", "bad.yaml:1:", `"Model"`, "model"},
	} {
		hint := badSpec(t, c.text, c.place, "unknown key", c.key)
		assert.Regexp(t, "nearest keys: "+c.nearest+"(,|$)", hint)
	}
}

func TestAKeyTwice(t *testing.T) {
	badSpec(t, "model: a\nout: x\nmodel: b\n", "bad.yaml:3:", `"model"`, "twice")
	badSpec(t, "generate:\n  seed: 1\n  seed: 2\n", "bad.yaml:3:", `"generate.seed"`, "twice")
}

func TestWhatIsNoMapping(t *testing.T) {
	badSpec(t, "- model\n- prompts\n", "bad.yaml:1:", "the spec is not a mapping")
	badSpec(t, "just text\n", "bad.yaml:1:", "the spec is not a mapping")
	badSpec(t, "model: x\ngenerate: 5\n", "bad.yaml:2:", "generate is not a mapping")
	badSpec(t, "model: x\n\ncapture:\n", "bad.yaml:3:", "capture is not a mapping")
	badSpec(t, "chat:\n  - auto\n", "bad.yaml:2:", "chat is not a mapping")
}

func TestSpecFileThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no.yaml")
	_, err := ReadFile(path)
	expect.Refused(t, err, path)
	_, err = ReadFile(t.TempDir())
	expect.Refused(t, err)
}

func TestRowsTextsAndVarsOfTheWrongShape(t *testing.T) {
	badSpec(t, "prompts: {rows: [just text]}\n", "bad.yaml", "prompts.rows")
	badSpec(t, "prompts: {rows: {a: 1}}\n", "bad.yaml", "prompts.rows")
	badSpec(t, "prompts: {text: [[nested]]}\n", "bad.yaml", "prompts.text")
	badSpec(t, "chat: {vars: [1, 2]}\n", "bad.yaml", "chat.vars")
}

// Every hint shows the key that was meant, in whatever group it is.
func TestCheckKeyKnowsEveryKeyOfASpec(t *testing.T) {
	var names []string
	for _, key := range Keys() {
		names = append(names, key.Name)
		if !key.FileOnly {
			assert.NoError(t, CheckKey("", key.Name))
			continue
		}
		for _, below := range []string{"", ".x", "[0].name"} {
			hint := expect.Refused(t, CheckKey("--set: ", key.Name+below), "--set: "+key.Name, "is set by a spec file alone")
			assert.Contains(t, hint, "YAML")
		}
	}
	assert.Subset(t, names, []string{"model", "out", "prompts.file", "prompts.prompt", "prompts.rows", "pairs.differ", "chat.template", "chat.vars", "generate.top_k", "capture.hooks", "engine.threads", "conditions"})
	for written, meant := range map[string]string{
		"generate.topk": "generate.top_k", "max_tokens": "generate.max_tokens", "max_token": "generate.max_tokens", "max-tokens": "generate.max_tokens",
		"Model": "model", "hook": "capture.hooks", "capture.hook": "capture.hooks", "flash-attn": "engine.flash_attn", "Generate.Seed": "generate.seed",
	} {
		hint := expect.Refused(t, CheckKey("--set: ", written), "--set: unknown key", written)
		assert.Regexp(t, "^nearest keys: "+meant+"(,|$)", hint, written)
	}
	hint := expect.Refused(t, CheckKey("--set: ", "generate"), `"generate" is a group of keys`)
	assert.Contains(t, hint, "generate.max_tokens, generate.samples")
}

// Every field of Spec is a key, but for those that say where the spec stood.
func TestEveryFieldOfASpecIsAKey(t *testing.T) {
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for i := range typ.NumField() {
			field := typ.Field(i)
			assert.Equal(t, field.IsExported(), keyOf(field) != "", "%s.%s", typ, field.Name)
			if field.Type.Kind() == reflect.Struct {
				walk(field.Type)
			}
		}
	}
	walk(reflect.TypeOf(Spec{}))
}

func TestWrongValuesAreToldInWordsWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, place, said, hint string }{
		{"generate:\n  max_tokens: many\n", "bad.yaml:2: generate.max_tokens: ", `"many" is not a whole number`, "128"},
		{"generate: {max_tokens: 3.7}\n", "bad.yaml:1: generate.max_tokens: ", `"3.7" is not a whole number`, "128"},
		{"generate: {seed: 99999999999999999999}\n", "bad.yaml:1: generate.seed: ", "is not a whole number", "1"},
		{"generate: {temperature: [1]}\n", "bad.yaml:1: generate.temperature: ", "a list, where a number is wanted", ""},
		{"capture: {rows: maybe}\n", "bad.yaml:1: capture.rows: ", `"maybe" is not true or false`, "true or false"},
		{"capture: {reduce: [mean, null]}\n", "bad.yaml:1: capture.reduce[1] ", "is null, where a text must stand", "leave the item out"},
		{"capture: {reduce: {mean: 1}}\n", "bad.yaml:1: capture.reduce: ", "a mapping, where a list is wanted", "[a, b]"},
		{"engine: {tensor_split: [3, x]}\n", "bad.yaml:1: engine.tensor_split: ", `item 1: "x" is not a number`, "[a, b]"},
		{"engine: {batch: 0}\n", "bad.yaml:1: engine.batch: ", `"0" is neither a number above 0 nor "auto"`, "auto"},
		{"model: [a]\n", "bad.yaml:1: model: ", "a list, where a text is wanted", ""},
		{"prompts:\n  text:\n    - one\n    -\n", "bad.yaml:4: prompts.text[1] ", "is null, where a text must stand", "leave the item out"},
		{"prompts:\n  rows:\n    - just text\n", "bad.yaml:3: prompts.rows: ", "[0] is text, where a row must stand", ""},
		{"split:\n  train: most\n", "bad.yaml:2: split: ", `"most", where a number is wanted`, "docs/spec.md"},
		{"knowledge:\n  samples: five\n", "bad.yaml:2: knowledge: ", `"five", where a whole number is wanted`, "docs/spec.md"},
		{"spans:\n- {name: a, all: 3}\n", "bad.yaml:2: spans: ", `"3", where true or false is wanted`, "docs/spec.md"},
		{"alternatives:\n- {name: a, options: x}\n", "bad.yaml:2: alternatives: ", `"x", where a list is wanted`, "docs/spec.md"},
		{"chat: {vars: [1, 2]}\n", "bad.yaml:1: chat.vars", "is not a mapping of keys to values", "docs/spec.md"},
	} {
		assert.Contains(t, badSpec(t, c.text, c.place, c.said), c.hint, c.text)
	}
}

func TestYAMLThatIsBrokenIsExplained(t *testing.T) {
	const tab, quotes, fit = "a tab stands where YAML wants spaces", "quotes", "do not fit"
	for _, c := range []struct{ text, place, said string }{
		{"model: x\n\tout: y\n", "bad.yaml:2: not YAML", tab},
		{"model: x\ngenerate:\n\tseed: 1\n", "bad.yaml:3: not YAML", tab},
		{"\tmodel: x\n", "bad.yaml:1: not YAML", tab},
		{"model: @x\n", "bad.yaml:1: not YAML", quotes},
		{"out: y\nmodel: `x`\n", "bad.yaml:2: not YAML", quotes},
		{"model: x\nchat: {system: a: b}\n", "bad.yaml:2: not YAML", quotes},
		{"model: a: b\n", "bad.yaml:1: not YAML", "a colon stands where no key can be"},
		{"out: y\nmodel: a: b\n", "bad.yaml:2: not YAML", "a colon stands where no key can be"},
		{"model: x\nout\n", "bad.yaml:2: not YAML", "a key without a colon"},
		{"model: \"x\n", "bad.yaml:2: not YAML", "in quotes does not end"},
		{"out: y\nmodel: \"x\n", "bad.yaml:2: not YAML", "in quotes does not end"},
		{"model: x\ngenerate: {max_tokens: 5\n", "bad.yaml:2: not YAML", "not closed"},
		{"model: x\ngenerate:\n  seed: 1\n samples: 2\n", "bad.yaml:", fit},
		{"model: *nowhere\n", "bad.yaml: not YAML", "nowhere"},
		{"model: x\n---\nmodel: y\n", "bad.yaml:2: ", "a second document begins here"},
	} {
		badSpec(t, c.text, c.place, c.said)
	}
}

func TestAFileThatIsNoSpecIsToldByItsEnding(t *testing.T) {
	for name, key := range map[string]string{"p.jsonl": "prompts.file", "p.CSV": "prompts.file", "p.txt": "prompts.file", "m.gguf": "model", "t.jinja": "chat.template"} {
		_, err := ReadFile(expect.File(t, name, "{\"prompt\": 1}\n{\"prompt\": 2}\n"))
		assert.Contains(t, expect.Refused(t, err, name), "meant for "+key)
	}
	_, err := ReadFile(expect.File(t, "spec.txt", "model: x\n")) // whatever its name
	assert.NoError(t, err)
}

func TestMergedAndRepeatedKeysAreExplained(t *testing.T) {
	badSpec(t, "generate: &g {seed: 1}\ncapture: {<<: *g}\n", "bad.yaml:2: << is not read")
	badSpec(t, "chat:\n  vars:\n    a: 1\n    a: 2\n", "bad.yaml:4: chat.vars: ", `the key "a" stands there twice`)
	badSpec(t, "prompts:\n  rows:\n  - prompt: x\n    prompt: y\n", "bad.yaml:4: prompts.rows: ", `the key "prompt" stands there twice`)
}

func TestASpecThatIsAFolderIsToldSo(t *testing.T) {
	_, err := ReadFile(t.TempDir())
	assert.Contains(t, expect.Refused(t, err), "it is a folder")
}
