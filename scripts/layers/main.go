// Command layers checks the rules between the packages of this module (see
// docs/decisions/003): which may import which, and which libraries stay where.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

const module = "intentprobe/"

// mayImport lists, for each folder, the folders of this module it may import. Every
// folder is listed; those of scripts/ share a line.
var mayImport = map[string][]string{
	"cmd/capture":            {"capture", "capture/arm", "capture/bench", "capture/dataset", "capture/effect", "capture/effect/simulate", "capture/hint", "capture/intent", "capture/intent/bound", "capture/intent/facts", "capture/intent/ladder", "capture/intent/rates", "capture/intent/studyfile", "capture/label", "capture/patch", "capture/plan", "capture/probe", "capture/probe/data", "capture/probe/metric", "capture/probe/nested", "capture/page", "capture/probe/report", "capture/prompt", "capture/selection", "capture/spec", "capture/vector", "capture/visible", "hooks", "models", "models/cache", "models/chat", "models/find", "models/gguf", "models/phantom", "models/phantom/intents", "models/worker", "storage", "storage/arrowfile", "storage/compare", "storage/disk", "storage/export", "storage/labels", "storage/plural", "storage/rundir", "storage/safetensors", "storage/verify"},
	"capture":                {"capture/arm", "capture/dataset", "capture/decode", "capture/hint", "capture/internal/expect", "capture/internal/fake", "capture/plan", "capture/prompt", "capture/spec", "capture/selection", "capture/textfile", "capture/vector", "hooks", "models", "models/cache", "models/find", "models/gguf", "models/phantom", "models/phantom/intents", "models/worker", "storage", "storage/arrowfile", "storage/compare", "storage/disk", "storage/plural", "storage/rundir"},
	"capture/arm":            {"capture/hint", "capture/internal/expect", "capture/selection", "capture/spec", "capture/vector", "hooks", "storage/disk"},
	"capture/bench":          {"capture", "capture/arm", "capture/dataset", "capture/decode", "capture/plan", "capture/selection", "capture/spec", "hooks", "models", "models/phantom", "storage", "storage/rundir"},
	"capture/covariance":     {"capture/hint"},
	"capture/dataset":        {"capture/hint", "capture/internal/expect", "capture/match", "capture/spec", "capture/textfile", "hooks", "models/chat", "storage/parquet", "storage/plural"},
	"capture/decode":         {"capture/arm", "capture/dataset", "capture/internal/fake", "capture/plan", "capture/prompt", "capture/selection", "capture/spec", "hooks", "models", "storage", "storage/arrowfile", "storage/disk", "storage/rowmem", "storage/rundir"},
	"capture/effect":         {"capture/effect/simulate", "capture/hint", "capture/internal/expect", "capture/label", "storage/arrowfile", "storage/disk", "storage/labels", "storage/plural", "storage/rundir"},
	"capture/hint":           {},
	"capture/intent":         {"capture/dataset", "capture/hint", "capture/intent/bound", "capture/intent/ladder", "capture/intent/scenario", "capture/probe", "capture/probe/data", "capture/spec", "capture/textfile", "models/phantom/intents", "storage/arrowfile", "storage/disk", "storage/rundir"},
	"capture/intent/bound":   {},
	"capture/intent/facts":   {"capture/hint", "capture/internal/runs", "capture/intent", "capture/intent/rates", "capture/match", "capture/probe", "capture/probe/data", "capture/probe/metric", "capture/probe/report", "capture/spec", "models/gguf", "storage/arrowfile", "storage/labels", "storage/rundir"},
	"capture/intent/ladder":  {"capture/intent/bound"},
	"capture/intent/rates":   {"capture/intent/bound"},
	"capture/label":          {"capture/hint", "capture/internal/expect", "capture/match", "capture/spec", "capture/textfile", "hooks", "models/chat", "storage", "storage/disk", "storage/labels", "storage/plural", "storage/rundir", "storage/verify"},
	"capture/match":          {},
	"capture/matrix":         {},
	"capture/patch":          {"capture/arm", "capture/effect", "capture/hint", "capture/plan", "capture/spec", "hooks", "storage/arrowfile", "storage/disk", "storage/rundir"},
	"capture/plan":           {"capture/arm", "capture/dataset", "capture/hint", "capture/internal/expect", "capture/internal/fake", "capture/prompt", "capture/selection", "capture/spec", "hooks", "models", "models/chat", "storage/arrowfile", "storage/rundir"},
	"capture/probe/data":     {"capture/hint", "capture/internal/expect", "capture/internal/runs", "capture/label", "capture/probe/fit", "capture/probe/metric", "capture/probe/nested", "capture/rows", "capture/vector", "storage/arrowfile", "storage/disk", "storage/plural", "storage/rundir"},
	"capture/probe/metric":   {"capture/hint", "capture/internal/expect", "storage/plural"},
	"capture/page":           {"capture/intent", "capture/intent/ladder", "capture/intent/rates", "capture/probe/metric", "capture/probe/report", "capture/visible", "storage/plural"},
	"capture/probe/report":   {"capture/hint", "capture/internal/expect", "capture/probe/metric", "storage/arrowfile", "storage/disk", "storage/plural"},
	"capture/prompt":         {"capture/dataset", "capture/hint", "capture/internal/expect", "capture/internal/fake", "capture/spec", "hooks", "models", "models/chat", "storage/rundir"},
	"capture/rows":           {"capture/hint", "capture/internal/expect", "capture/internal/runs", "capture/label", "capture/selection", "hooks", "storage/arrowfile", "storage/disk", "storage/plural", "storage/rundir"},
	"capture/selection":      {"capture/hint", "hooks"},
	"capture/spec":           {"capture/hint", "capture/internal/expect", "capture/selection", "capture/textfile", "hooks", "models/chat", "storage/rundir"},
	"capture/textfile":       {"capture/hint", "models/chat"},
	"capture/probe/fit":      {"capture/covariance", "capture/hint", "capture/internal/expect", "capture/matrix"},
	"capture/probe/nested":   {"capture/hint", "capture/internal/expect", "capture/probe/fit", "capture/probe/metric"},
	"capture/vector":         {"capture/covariance", "capture/hint", "capture/internal/expect", "capture/rows", "hooks", "models/gguf", "storage", "storage/arrowfile", "storage/disk", "storage/labels", "storage/plural", "storage/rundir", "storage/safetensors"},
	"capture/visible":        {},
	"models":                 {"capture/hint", "hooks", "models/cache", "models/find", "models/gguf"},
	"models/cache":           {"capture/hint"},
	"models/chat":            {"models/jinja"},
	"models/find":            {"capture/hint", "hooks", "models/cache", "models/gguf"},
	"models/gguf":            {},
	"models/jinja":           {"models/jinja/lexer", "models/jinja/python"},
	"models/jinja/lexer":     {"models/jinja/python"},
	"models/jinja/python":    {},
	"models/phantom":         {"capture/hint"},
	"models/phantom/intents": {"models/phantom"},
	"models/worker":          {"capture/hint"},
	"hooks":                  {"capture/hint"},
	"storage":                {"capture/hint", "storage/arrowfile", "storage/compare", "storage/disk", "storage/export", "storage/labels", "storage/plural", "storage/rowmem", "storage/rundir", "storage/verify"},
	"storage/arrowfile":      {"capture/hint", "storage/disk"},
	"storage/compare":        {"storage/arrowfile", "storage/disk", "storage/plural", "storage/rundir"},
	"storage/disk":           {"capture/hint", "storage/plural"},
	"storage/export":         {"storage/arrowfile", "storage/disk", "storage/labels", "storage/plural", "storage/rundir", "storage/safetensors"},
	"storage/labels":         {"storage/arrowfile", "storage/disk", "storage/rundir"},
	"storage/parquet":        {},
	"storage/plural":         {},
	"storage/rowmem":         {"storage/arrowfile", "storage/rundir"},
	"storage/rundir":         {"capture/hint", "storage/arrowfile", "storage/disk", "storage/plural"},
	"storage/safetensors":    {"storage/disk"},
	"storage/verify":         {"storage/arrowfile", "storage/disk", "storage/labels", "storage/plural", "storage/rundir", "storage/safetensors"},
	"scripts":                {"capture", "capture/effect/simulate", "capture/probe/baseline", "capture/probe/fit", "capture/probe/metric", "capture/probe/nested", "capture/page", "capture/probe/report", "capture/spec", "models", "models/cache", "models/gguf", "storage", "storage/arrowfile", "storage/disk", "storage/rundir", "storage/verify"},
	"capture/probe":          {"capture/hint", "capture/internal/expect", "capture/internal/runs", "capture/probe/baseline", "capture/probe/data", "capture/probe/fit", "capture/probe/metric", "capture/probe/nested", "capture/probe/report", "capture/probe/verdict", "capture/rows", "capture/vector", "hooks", "storage/arrowfile", "storage/disk", "storage/plural", "storage/rundir"},
	"capture/probe/baseline": {"capture/hint", "capture/internal/runs", "capture/probe/data", "capture/probe/fit", "capture/probe/metric", "capture/probe/nested", "capture/probe/verdict", "capture/rows", "models/phantom", "storage/arrowfile", "storage/plural", "storage/rundir"},
	"capture/probe/verdict":  {"capture/probe/baseline", "capture/probe/fit", "capture/probe/metric", "capture/probe/nested", "storage/plural"}, // all but metric and plural in the simulation of its tests

	"capture/intent/scenario": {"capture/intent/ladder", "storage/rundir"},

	"capture/intent/studyfile": {"capture/hint", "capture/intent", "capture/intent/ladder", "capture/intent/scenario", "capture/spec", "capture/textfile"},
	"capture/effect/simulate":  {"storage", "storage/arrowfile", "storage/rundir"}, // runs for tests

	"capture/internal/expect": {"capture/hint"},                                   // imported by tests alone
	"capture/internal/fake":   {"hooks", "models"},                                // imported by tests alone
	"capture/internal/runs":   {"storage", "storage/arrowfile", "storage/rundir"}, // imported by tests alone
}

// staysIn lists the libraries that only some folders may import.
var staysIn = map[string][]string{
	"C":                            {"models"},
	"github.com/spf13/":            {"cmd/capture"}, // cobra, pflag and viper
	"github.com/go-viper/":         {"cmd/capture"},
	"github.com/apache/arrow/":     {"storage", "storage/arrowfile", "storage/export", "storage/labels", "storage/parquet", "storage/rundir", "storage/verify"},
	"github.com/schollz/progress":  {"cmd/capture"},
	"gonum.org/":                   {"capture/covariance", "capture/effect", "capture/intent/bound", "capture/intent/rates", "capture/intent/studyfile", "capture/matrix", "capture/probe/fit", "capture/probe/metric", "capture/probe/verdict", "capture/vector"},
	"go.yaml.in/yaml/v3":           {"capture/spec"},
	"github.com/stretchr/testify/": {}, // tests alone
}

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func main() {
	cmd := exec.Command("go", "list", "-json", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "layers:", err)
		os.Exit(2)
	}
	faults, err := check(strings.NewReader(string(out)))
	if err != nil {
		fmt.Fprintln(os.Stderr, "layers:", err)
		os.Exit(2)
	}
	for _, f := range faults {
		fmt.Fprintln(os.Stderr, "layers:", f)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

// check reads the stream of `go list -json` and returns what breaks a rule.
func check(r io.Reader) (faults []string, err error) {
	dec := json.NewDecoder(r)
	seen := 0
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			if seen == 0 {
				return nil, errors.New("no packages to check")
			}
			return faults, nil
		} else if err != nil {
			return nil, err
		}
		seen++
		folder := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(folder, "scripts/") {
			folder = "scripts"
		}
		if _, listed := mayImport[folder]; !listed {
			faults = append(faults, fmt.Sprintf("%s has no line in the table of scripts/layers: add one that says what it may import", folder))
			continue
		}
		for _, imp := range p.Imports {
			if fault := checkImport(folder, imp); fault != "" {
				faults = append(faults, fault)
			}
		}
		for _, imp := range append(p.TestImports, p.XTestImports...) {
			// Tests may use testify, but the layers hold for them too.
			if fault := checkImport(folder, imp); fault != "" && !strings.Contains(imp, "stretchr/testify") {
				faults = append(faults, fault+" (in a test)")
			}
		}
	}
}

func checkImport(folder, imp string) string {
	if inside, ok := strings.CutPrefix(imp, module); ok && inside != folder && !slices.Contains(mayImport[folder], inside) {
		return fmt.Sprintf("%s may not import %s", folder, inside)
	}
	for library, folders := range staysIn {
		matches := imp == library || strings.HasSuffix(library, "/") && strings.HasPrefix(imp, library)
		if matches && !slices.Contains(folders, folder) {
			return fmt.Sprintf("%s may not import %q, which stays in %v", folder, imp, folders)
		}
	}
	return ""
}
