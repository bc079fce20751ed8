package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/viper"

	"intentprobe/capture/spec"
)

// readSettings reads what every source sets, and lets viper decide which of them
// counts for a key: the command line, a CAPTURE_* variable, the spec, capture.yaml here
// or in the user's config folder, or the default. Viper is used in this file alone; it
// is handed settings that are read already, so every error has our words.
func readSettings(specPath string, commandLine spec.Layer) (spec.Spec, error) {
	merged, v := spec.Default(), viper.New()
	for _, path := range []string{settingsFile(), specPath} {
		if path == "" {
			continue
		}
		file, err := spec.ReadFile(path)
		if err != nil {
			return merged, err
		}
		for key, setting := range file {
			v.MergeConfigMap(map[string]any{key: setting})
		}
	}
	variables, err := readVariables(os.Environ())
	if err != nil {
		return merged, err
	}
	for key, setting := range variables {
		v.BindEnv(key, setting.Place)
	}
	for key, setting := range commandLine {
		v.Set(key, setting)
	}
	counts := spec.Layer{}
	for _, key := range spec.Keys() {
		switch found := v.Get(key.Name).(type) {
		case *spec.Setting:
			counts[key.Name] = found
		case string: // of a variable, of which viper gives the text
			counts[key.Name] = variables[key.Name]
		}
	}
	merged.Apply(counts)
	return merged, nil
}

// settingsFile is the capture.yaml that viper finds, here or else in the user's config
// folder; empty where there is none.
func settingsFile() string {
	viper.SupportedExts = []string{"yaml"} // no capture.json, which may be anybody's
	v := viper.New()
	v.SetConfigName("capture")
	v.AddConfigPath(".")
	if dir, err := os.UserConfigDir(); err == nil {
		v.AddConfigPath(filepath.Join(dir, "capture"))
	}
	v.ReadInConfig() // to find it; spec.ReadFile reads it by the rules of a spec
	if here, err := filepath.Abs("capture.yaml"); err == nil && v.ConfigFileUsed() == here {
		return "capture.yaml"
	}
	return v.ConfigFileUsed()
}
