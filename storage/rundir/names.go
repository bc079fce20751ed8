package rundir

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
)

// GroupFile gives the name of a group's file; the kind is "samples" or "activations".
func GroupFile(kind string, number int) string { return fmt.Sprintf("%s-%05d.arrow", kind, number) }

// NumbersIn gives the numbers of the groups that have files in a folder, whole or
// not.
func NumbersIn(dir string) (map[int]bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := map[int]bool{}
	for _, e := range entries {
		if number, ok := numberOf(e.Name()); ok {
			out[number] = true
		}
	}
	return out, nil
}

// numberOf gives the number of the group that a file belongs to, whole or not.
func numberOf(name string) (int, bool) {
	match := groupFiles.FindStringSubmatch(name)
	if match == nil {
		return 0, false
	}
	n, err := strconv.Atoi(match[2])
	return n, err == nil
}

var groupFiles = regexp.MustCompile(`^(samples|activations)-(\d{5,9})\.arrow((\.short)?\.part)?$`)

// DatasetName is the file of a run's prompts, a JSON object a line.
const DatasetName = "dataset.jsonl"

// DirectionsName is the file of the directions that interventions and probes of a run used, in
// the safetensors format: with it a run can be gone on with and replayed without the files
// that they came from.
const DirectionsName = "directions.safetensors"

// KeptFile is a file that a run keeps beside its data.
type KeptFile struct{ Name, SHA256 string }

// Kept gives the files beside the data that the manifest promises: of prompts, and of
// directions where some were used.
func (m *Manifest) Kept() (out []KeptFile) {
	if m.Dataset.SHA256 != "" {
		out = append(out, KeptFile{DatasetName, m.Dataset.SHA256})
	}
	if m.Directions != nil && m.Directions.SHA256 != "" {
		out = append(out, KeptFile{DirectionsName, m.Directions.SHA256})
	}
	return out
}
