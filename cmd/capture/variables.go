package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"intentprobe/capture/hint"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
)

// otherVariables are the CAPTURE_* variables that set no key of a spec.
var otherVariables = []string{
	"CAPTURE_CACHE",               // the folder of what this program keeps
	"CAPTURE_BIN", "CAPTURE_TINY", // what the project's tests run, and on which models
	"CAPTURE_WRITE_DOCS",                                                  // set by `make docs`
	"CAPTURE_TEST_MISFIT", "CAPTURE_TEST_KILL_AT", "CAPTURE_TEST_KILL_IN", // a test's processes
}

// variablesOf lists the variables that set a key: CAPTURE_ and the whole key, its last
// part, or its flag. Of these only the first is always the key's own.
func variablesOf(key spec.Key) []string {
	out := []string{variable(key.Name)}
	for _, short := range []string{flagOf(key.Name), key.Last()} {
		if name := variable(short); short != "" && !key.FileOnly && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// usableVariables lists those of a key's variables that mean no other key.
func usableVariables(key spec.Key) []string {
	meaning := keysOfVariables()
	return slices.DeleteFunc(variablesOf(key), func(name string) bool { return len(meaning[name]) > 1 || meaning[name][0].Name != key.Name })
}

func variable(name string) string {
	return "CAPTURE_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name))
}

// keysOfVariables gives the keys that each variable may mean: more than one where two
// keys end alike.
func keysOfVariables() map[string][]spec.Key {
	out := map[string][]spec.Key{}
	for _, key := range spec.Keys() {
		for _, name := range variablesOf(key) {
			out[name] = append(out[name], key)
		}
	}
	for _, key := range spec.Keys() { // a whole name is never ambiguous
		out[variable(key.Name)] = []spec.Key{key}
	}
	return out
}

// readVariables reads the CAPTURE_* variables of an environment. One that means
// nothing, or two things, is refused; an empty one counts as not set.
func readVariables(environment []string) (spec.Layer, error) {
	meaning := keysOfVariables()
	layer := spec.Layer{}
	from := map[string]string{} // the variable that set a key
	values := map[string]string{}
	for _, entry := range slices.Sorted(slices.Values(environment)) {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "CAPTURE_") || value == "" || slices.Contains(otherVariables, name) {
			continue
		}
		keys := meaning[name]
		switch {
		case len(keys) == 0:
			return nil, unknownVariable(name, meaning)
		case len(keys) > 1:
			var whole []string
			for _, key := range keys {
				whole = append(whole, variable(key.Name))
			}
			return nil, &usageError{fmt.Errorf("%s may mean %s", name, strings.Join(whole, " or ")), "set the one that is meant, and unset " + name}
		}
		key := keys[0].Name
		if before, ok := from[key]; ok {
			if values[key] != value {
				return nil, &usageError{fmt.Errorf("%s is %q and %s is %q: both set %s", before, values[key], name, value, key), "unset one of them"}
			}
			continue
		}
		from[key], values[key] = name, value
		if err := layer.Set(name, key, value, false); err != nil {
			return nil, err
		}
	}
	return layer, nil
}

func unknownVariable(name string, meaning map[string][]spec.Key) error {
	known := slices.Clone(otherVariables)
	for variable := range meaning {
		known = append(known, variable)
	}
	slices.Sort(known)
	return &usageError{fmt.Errorf("the variable %s sets nothing", name),
		"unset it, or write it as it is meant; nearest: " + strings.Join(hooks.Nearest(name, known), ", ")}
}

// warnOfVariables warns of CAPTURE_* variables that a run would refuse: commands without a
// spec use that of threads alone, and one that is misspelt would pass unseen.
func warnOfVariables(cmd *cobra.Command) {
	_, err := readVariables(slices.DeleteFunc(os.Environ(), ofThreads))
	if err != nil {
		say(cmd.ErrOrStderr(), "capture: warning: %v: %s\n", err, hint.Of(err, phrase))
	}
}

// ofThreads says whether an entry of an environment sets the number of threads.
func ofThreads(entry string) bool {
	return strings.HasPrefix(entry, "CAPTURE_THREADS=") || strings.HasPrefix(entry, "CAPTURE_ENGINE_THREADS=")
}
