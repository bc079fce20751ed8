package intent

import (
	"path/filepath"
	"slices"
	"strings"
)

// Models are the reports of several models that were asked the same.
type Models struct {
	Program string      `json:"program"`
	Models  []*OfFolder `json:"models"` // in the order of their folders' names
}

// OfFolder is the report of the model in one folder.
type OfFolder struct {
	Folder string `json:"folder"`
	*Report
}

// Add adds what came of the model in a folder.
func (m *Models) Add(folder string, r *Report) {
	m.Models = append(m.Models, &OfFolder{folder, r})
	slices.SortFunc(m.Models, func(a, b *OfFolder) int { return strings.Compare(a.Folder, b.Folder) })
}

// Rungs is the number of rungs.
func (m *Models) Rungs() int {
	n := 0
	for _, of := range m.Models {
		n = max(n, len(of.Ladder.Rungs))
	}
	return n
}

// Outcomes are those of its rungs, in order.
func (m *OfFolder) Outcomes() (out []string) {
	for _, r := range m.Ladder.Rungs {
		out = append(out, string(r.Outcome))
	}
	return out
}

// Folders are those below dir in which a study was declared, in the order of their names.
func Folders(dir string) (out []string) {
	declared, _ := filepath.Glob(filepath.Join(dir, "*", DeclarationName)) // the pattern is right
	for _, path := range declared {
		out = append(out, filepath.Base(filepath.Dir(path)))
	}
	return out
}
