package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/capture"
	"intentprobe/capture/spec"
)

// place is where a key can be set; the nearest comes first.
type place struct {
	name  string
	holds func(key spec.Key) bool
	set   func(t *testing.T, key spec.Key, text string) (args []string)
}

func everyKey(spec.Key) bool { return true }

// places lists every way to set a key, the nearest first.
func places(config string) []place {
	file := func(path string) func(*testing.T, spec.Key, string) []string {
		return func(t *testing.T, key spec.Key, text string) []string {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
			require.NoError(t, os.WriteFile(path, []byte(yamlOf(key, text)), 0o666))
			return nil
		}
	}
	out := []place{
		{"--set", everyKey, func(_ *testing.T, key spec.Key, text string) []string {
			return []string{"--set", key.Name + "=" + text}
		}},
		{"flag", func(key spec.Key) bool { return flagOf(key.Name) != "" }, func(_ *testing.T, key spec.Key, text string) []string {
			return []string{"--" + flagOf(key.Name) + "=" + text}
		}},
	}
	for i := range 3 { // whole key, flag, last part
		out = append(out, place{fmt.Sprint("variable ", i), func(key spec.Key) bool { return i < len(usableVariables(key)) }, func(t *testing.T, key spec.Key, text string) []string {
			t.Setenv(usableVariables(key)[i], text)
			return nil
		}})
	}
	return append(out, place{"spec", everyKey, file("spec.yaml")}, place{"capture.yaml", everyKey, file("capture.yaml")},
		place{"config folder", everyKey, file(filepath.Join(config, "capture", "capture.yaml"))})
}

// yamlOf writes a key into a spec.
func yamlOf(key spec.Key, text string) string {
	value, _ := json.Marshal(text) // JSON is YAML
	if key.Kind() != "string" && key.Kind() != "list" {
		value = []byte(text)
	}
	group, last, nested := strings.Cut(key.Name, ".")
	if !nested {
		return fmt.Sprintf("%s: %s\n", group, value)
	}
	return fmt.Sprintf("%s: {%s: %s}\n", group, last, value)
}

// inFolder makes a folder the working one, with no settings of the machine's.
func inFolder(t *testing.T) (config string) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "CAPTURE_") {
			t.Setenv(name, "")
		}
	}
	t.Chdir(t.TempDir())
	config = t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	t.Setenv("HOME", config)
	return config
}

// settingsOf reads what the command line, the variables and the files say.
func settingsOf(args ...string) (capture.Spec, error) {
	flags := pflag.NewFlagSet("run", pflag.ContinueOnError)
	layer := addKeyFlags(flags)
	flags.Var(setFlag{layer}, "set", "")
	if err := flags.Parse(args); err != nil {
		return capture.Spec{}, err
	}
	spec := ""
	if _, err := os.Stat("spec.yaml"); err == nil {
		spec = "spec.yaml"
	}
	return readSettings(spec, layer)
}

// valueIn gives the value of a key in a spec.
func valueIn(spec capture.Spec, key spec.Key) any {
	value := reflect.ValueOf(spec)
	for _, part := range strings.Split(key.Name, ".") {
		for i := range value.NumField() {
			if value.Type().Field(i).Tag.Get("key") == part {
				value = value.Field(i)
				break
			}
		}
	}
	return value.Interface()
}

// twoTexts gives two values for a key, as they are written, neither of them its
// default.
func twoTexts(key spec.Key) (a, b string) {
	switch {
	case key.Name == "engine.tensor_split":
		return "3,1.5", "2"
	case key.Kind() == "bool":
		return map[string]string{"true": "false", "false": "true"}[key.Default()], key.Default()
	case key.Kind() == "int", key.Default() == "auto" && key.Name != "chat.template" && key.Name != "engine.flash_attn" && key.Name != "engine.kv_type":
		return "7", "9"
	case key.Kind() == "float":
		return "0.25", "0.5"
	case key.Kind() == "list":
		return "a-1,b-2", "c-3"
	}
	return "a, 1", "b, 2"
}

// valueOf is the value that a text gives a key.
func valueOf(t *testing.T, key spec.Key, text string) any {
	switch {
	case key.Name == "engine.tensor_split":
		return map[string][]float32{"3,1.5": {3, 1.5}, "2": {2}}[text]
	case key.Kind() == "list":
		return strings.Split(text, ",")
	case key.Name == "engine.adapters":
		return []spec.Adapter{spec.ReadAdapter(text)}
	case key.IsList():
		return []string{text}
	}
	value := reflect.New(reflect.TypeOf(valueIn(capture.Spec{}, key)))
	if value.Elem().Kind() == reflect.String {
		return text
	}
	require.NoError(t, json.Unmarshal([]byte(text), value.Interface()))
	return value.Elem().Interface()
}

// Every key of a spec is set by every way there is, and the nearer of two ways wins.
// The table of keys makes the cases, so that a new key has its own.
func TestEveryKeyIsSetEveryWayAndTheNearestCounts(t *testing.T) {
	for _, key := range spec.Keys() {
		if key.FileOnly {
			continue
		}
		t.Run(key.Name, func(t *testing.T) {
			ways := places("")
			a, b := twoTexts(key)
			for i := range ways {
				for j := i; j < len(ways); j++ {
					t.Run(ways[i].name+" over "+ways[j].name, func(t *testing.T) {
						ways := places(inFolder(t))
						near, far := ways[i], ways[j]
						switch variables := strings.HasPrefix(near.name, "variable") && strings.HasPrefix(far.name, "variable"); {
						case !near.holds(key) || !far.holds(key):
							return // there is no such way for this key
						case i != j && variables:
							far.set(t, key, b)
							near.set(t, key, a)
							_, err := settingsOf()
							require.ErrorContains(t, err, "both set "+key.Name)
							return
						}
						var args []string
						if i != j {
							args = far.set(t, key, b)
						}
						args = append(args, near.set(t, key, a)...)
						spec, err := settingsOf(args...)
						require.NoError(t, err)
						want := valueOf(t, key, a)
						if i != j && far.name == "flag" && near.name == "--set" && key.IsList() { // both are the command line
							want = reflect.AppendSlice(reflect.ValueOf(valueOf(t, key, b)), reflect.ValueOf(want)).Interface()
						}
						if key.Name == "out" && near.name == "config folder" {
							want = filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "capture", a)
						}
						assert.Equal(t, want, valueIn(spec, key))
					})
				}
			}
		})
	}
}

// Every key has the variable of its whole name and, unless another key ends alike, a
// short one; one that may mean two keys is refused with both names.
func TestEveryKeyHasItsVariables(t *testing.T) {
	inFolder(t)
	last := map[string]int{}
	for _, key := range spec.Keys() {
		if !key.FileOnly {
			last[key.Last()]++
		}
	}
	for _, key := range spec.Keys() {
		whole := "CAPTURE_" + strings.ToUpper(strings.ReplaceAll(key.Name, ".", "_"))
		short := "CAPTURE_" + strings.ToUpper(key.Last())
		if key.FileOnly {
			_, err := readVariables([]string{whole + "=x"})
			assert.ErrorContains(t, err, key.Name+" is set by a spec file alone")
			continue
		}
		assert.Contains(t, usableVariables(key), whole)
		text, _ := twoTexts(key)
		_, err := readVariables([]string{short + "=" + text})
		if last[key.Last()] > 1 {
			assert.ErrorContains(t, err, whole)
		} else if err != nil {
			assert.ErrorContains(t, err, short+" may mean ")
			assert.Equal(t, "CAPTURE_PROMPT", short)
		} else {
			assert.Contains(t, usableVariables(key), short)
		}
	}
	_, err := readVariables([]string{"CAPTURE_TEXT=x"})
	assert.ErrorContains(t, err, "CAPTURE_TEXT may mean CAPTURE_PROMPTS_TEXT or CAPTURE_CHAT_TEXT")
}

func TestVariablesThatMeanNothingAreRefused(t *testing.T) {
	for name, nearest := range map[string]string{
		"CAPTURE_MAX_TOKEN": "CAPTURE_MAX_TOKENS", "CAPTURE_GENERATE_MAXTOKENS": "CAPTURE_GENERATE_MAX_TOKENS", "CAPTURE_SEEED": "CAPTURE_SEED",
		"CAPTURE_CACH": "CAPTURE_CACHE", "CAPTURE_": "", "CAPTURE_Seed": "CAPTURE_SEED",
	} {
		_, err := readVariables([]string{name + "=1"})
		var wrong *usageError
		require.ErrorAs(t, err, &wrong)
		assert.ErrorContains(t, err, name)
		assert.Contains(t, wrong.Hint(), nearest)
		assert.Equal(t, exitUsage, exitCode(err))
		_, err = readVariables([]string{name + "="}) // empty is not set
		assert.NoError(t, err)
	}
	environment := []string{"CAPTURE=x", "capture_seed=x", "MYCAPTURE_SEED=x", "CAPTURE_MAX_TOKENS=3", "CAPTURE_GENERATE_MAX_TOKENS=3"}
	for _, name := range otherVariables {
		environment = append(environment, name+"=x")
	}
	layer, err := readVariables(environment)
	require.NoError(t, err)
	spec := capture.DefaultSpec()
	spec.Apply(layer)
	assert.Equal(t, 3, spec.Generate.MaxTokens)
}

// A wrong value is refused where it stands, also where a nearer source sets its key.
func TestSettingsFilesAreReadByTheRulesOfASpec(t *testing.T) {
	config := inFolder(t)
	for _, name := range []string{"capture", "capture.json", "capture.toml"} { // anybody's
		require.NoError(t, os.WriteFile(name, []byte("[not ours"), 0o666))
	}
	user := filepath.Join(config, "capture", "capture.yaml")
	require.NoError(t, os.MkdirAll(filepath.Dir(user), 0o777))
	require.NoError(t, os.WriteFile(user, []byte("generate: {seed: 5, samples: 3}\n"), 0o666))
	spec, err := settingsOf()
	require.NoError(t, err)
	assert.Equal(t, int64(5), spec.Generate.Seed)
	for text, said := range map[string]string{
		"generate:\n  seed: many\n": `capture.yaml:2: generate.seed: "many" is not a whole number`,
		"generate:\n  sede: 1\n":    `capture.yaml:2: unknown key "generate.sede"`,
		"generate: [\n":             "capture.yaml:",
	} {
		require.NoError(t, os.WriteFile("capture.yaml", []byte(text), 0o666))
		_, err = settingsOf("--seed", "3")
		require.Error(t, err, text)
		assert.Regexp(t, "^"+regexp.QuoteMeta(said), err.Error())
		assert.Equal(t, exitUsage, exitCode(err))
	}
	require.NoError(t, os.WriteFile("capture.yaml", []byte("generate: {seed: 6}\nchat: {vars: {toolNames: {B: 1, a: 2}}}\n"), 0o666))
	spec, err = settingsOf("--set", "generate.top_k=2")
	require.NoError(t, err)
	assert.Equal(t, int64(6), spec.Generate.Seed)
	assert.Equal(t, 1, spec.Generate.Samples) // the nearer file alone is read
	assert.Equal(t, `{"B":1,"a":2}`, string(spec.Chat.Vars["toolNames"]))
}

func TestListsOnTheCommandLineAddUpInTheirOrder(t *testing.T) {
	inFolder(t)
	spec, err := settingsOf("--hooks", "resid_post:25%,50%,attn_out", "--set", "capture.hooks=q", "--hooks", "[k, v]", "--stop", ",", "--stop", "[END]", "--prompt", "a, b", "--set", "generate.stop=\n")
	require.NoError(t, err)
	assert.Equal(t, []string{"resid_post:25%,50%", "attn_out", "q", "k", "v"}, spec.Capture.Hooks)
	assert.Equal(t, []string{",", "[END]", "\n"}, spec.Generate.Stop)
	assert.Equal(t, []string{"a, b"}, spec.Prompts.Text)
	spec, err = settingsOf("--seed", "3", "--set", "generate.seed=4", "--seed", "5")
	require.NoError(t, err)
	assert.Equal(t, int64(5), spec.Generate.Seed)
}

// Prompts of a nearer place replace those of a farther one, whatever their kind.
func TestNearerPromptsReplaceFartherOnes(t *testing.T) {
	inFolder(t)
	require.NoError(t, os.WriteFile("spec.yaml", []byte("prompts: {text: [from the spec], prompt: \"{x}\"}\n"), 0o666))
	t.Setenv("CAPTURE_PROMPTS", "p.csv")
	t.Setenv("CAPTURE_COLUMN", "c")
	got, err := settingsOf()
	require.NoError(t, err)
	assert.Equal(t, spec.Prompts{File: "p.csv", Column: "c", Prompt: "{x}"}, got.Prompts)
	got, err = settingsOf("--prompt", "one", "--set", "prompts.text=two")
	require.NoError(t, err)
	assert.Equal(t, spec.Prompts{Text: []string{"one", "two"}, Prompt: "{x}"}, got.Prompts)
	_, err = settingsOf("--prompt", "one", "--prompts", "p.txt")
	assert.ErrorContains(t, err, "both --prompt and --prompts")
	t.Setenv("CAPTURE_PROMPTS_TEXT", "one")
	_, err = settingsOf()
	assert.ErrorContains(t, err, "both CAPTURE_PROMPTS and CAPTURE_PROMPTS_TEXT")
}

func TestWrongValuesNameTheirFlagOrVariable(t *testing.T) {
	inFolder(t)
	for _, c := range []struct {
		args       []string
		said, hint string
	}{
		{[]string{"--max-tokens", "many"}, `--max-tokens: "many" is not a whole number`, "128"},
		{[]string{"--temperature", "hot"}, `--temperature: "hot" is not a number`, "docs/spec.md"},
		{[]string{"--threads", "0"}, `--threads: "0" is neither a number above 0 nor "auto"`, "auto"},
		{[]string{"--threads=-1"}, `--threads: "-1" is neither a number above 0 nor "auto"`, "auto"},
		{[]string{"--batch-invariant=perhaps"}, `--batch-invariant: "perhaps" is not true or false`, "true or false"},
		{[]string{"--set", "capture.rows=none"}, `--set capture.rows: "none" is not true or false`, "true or false"},
		{[]string{"--tensor-split", "3,x"}, `--tensor-split: item 1: "x" is not a number`, "[a, b]"},
		{[]string{"--set", "max_tokens=3"}, `--set: unknown key "max_tokens"`, "generate.max_tokens"},
		{[]string{"--set", "max_token=3"}, `--set: unknown key "max_token"`, "generate.max_tokens"},
		{[]string{"--set", "generate=3"}, `"generate" is a group of keys`, "generate.seed"},
		{[]string{"--set", "conditions=3"}, "conditions is set by a spec file alone", "YAML"},
	} {
		_, err := settingsOf(c.args...)
		var hint interface{ Hint() string }
		require.ErrorAs(t, err, &hint, "%v", c.args)
		assert.ErrorContains(t, err, c.said)
		assert.Contains(t, hint.Hint(), c.hint)
		assert.Equal(t, exitUsage, exitCode(err))
	}
	t.Setenv("CAPTURE_THREADS", "many")
	_, err := settingsOf()
	assert.ErrorContains(t, err, `CAPTURE_THREADS: "many" is neither a number`)
	_, err = threadsOr(0)
	assert.ErrorContains(t, err, `CAPTURE_THREADS: "many" is neither a number`)
	n, err := threadsOr(3) // a flag comes before the variable
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	t.Setenv("CAPTURE_THREADS", "2")
	n, err = threadsOr(0)
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	_, err = threadsOr(513)
	assert.ErrorContains(t, err, "engine.threads is 513")
}
