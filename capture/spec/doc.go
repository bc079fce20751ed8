// Package spec is the spec of a run: what is asked of which model, and what is written of
// the answers. A [Spec] is what a YAML file holds, and what the manifest of a run keeps.
//
// A spec is put together of layers. [Default] gives every default; each source (a file read
// by [ReadFile], the environment, a command line) is a [Layer] of settings by key, which
// [Spec.Apply] puts over what stands there. [Keys] lists the keys. [Spec.Validate] then
// checks everything that needs neither the model nor the dataset:
//
//	s := spec.Default()
//	file, err := spec.ReadFile("run.yaml")
//	if err != nil {
//		return err
//	}
//	s.Apply(file)
//	return s.Validate()
//
// Errors are [hint.UsageError]: they name the key and the line, and their hint says what to
// do. The package needs no cgo and loads no model.
package spec
