package capture

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
)

func badSpec(t *testing.T, text string, parts ...string) string {
	t.Helper()
	_, err := ReadSpecFile(write(t, "bad.yaml", text))
	return refused(t, err, parts...)
}

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

func TestBrokenYAMLNamesFileAndLine(t *testing.T) {
	badSpec(t, "model: x\ngenerate: {max_tokens: 5\n", "bad.yaml", "line ")
	badSpec(t, "model: x\n\tout: y\n", "bad.yaml", "line 2")
	badSpec(t, "model: *nowhere\n", "bad.yaml", "nowhere")
}

func TestSpecFileThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no.yaml")
	_, err := ReadSpecFile(path)
	refused(t, err, path)
	_, err = ReadSpecFile(t.TempDir())
	refused(t, err)
}

func TestRowsTextsAndVarsOfTheWrongShape(t *testing.T) {
	badSpec(t, "prompts: {rows: [just text]}\n", "bad.yaml", "prompts.rows")
	badSpec(t, "prompts: {rows: {a: 1}}\n", "bad.yaml", "prompts.rows")
	badSpec(t, "prompts: {text: one}\n", "bad.yaml", "prompts.text")
	badSpec(t, "prompts: {text: [[nested]]}\n", "bad.yaml", "prompts.text")
	badSpec(t, "chat: {vars: [1, 2]}\n", "bad.yaml", "chat.vars")
}

func TestCheckKeyKnowsEveryKeyOfASpec(t *testing.T) {
	keys := Keys()
	assert.IsIncreasing(t, keys)
	for _, key := range []string{"model", "out", "prompts.file", "prompts.prompt", "pairs.differ", "chat.template", "generate.top_k", "capture.hooks", "engine.threads"} {
		assert.Contains(t, keys, key)
	}
	for _, key := range keys {
		assert.NoError(t, CheckKey("", key))
	}
	hint := refused(t, CheckKey("--set: ", "generate.topk"), "--set: ", `"generate.topk"`)
	assert.Regexp(t, `nearest keys: generate\.top_k(,|$)`, hint)
	refused(t, CheckKey("--set: ", "generate"), `"generate"`)
	for _, key := range []string{"prompts.rows", "conditions", "styles", "split", "spans", "knowledge", "followups", "alternatives", "split.train", "conditions[0].name"} {
		assert.NotContains(t, keys, key)
		hint := refused(t, CheckKey("--set: ", key), "--set: ", "is set by a spec file alone")
		assert.Contains(t, hint, "YAML")
	}
}
