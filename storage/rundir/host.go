package rundir

import (
	"os"
	"runtime"
	"time"
)

// Host is what may differ between two runs of the same thing.
type Host struct {
	Started  time.Time   `json:"started"`
	Resumed  []time.Time `json:"resumed,omitempty"`
	Finished time.Time   `json:"finished"`
	Hostname string      `json:"hostname"`
	OS       string      `json:"os"`
	ModelDir string      `json:"model_dir"`
	Dataset  string      `json:"dataset,omitempty"`  // path of the file that the prompts were read from
	Adapters []string    `json:"adapters,omitempty"` // paths of their files, in the order of the spec
	Merged   []Share     `json:"merged,omitempty"`   // the shards that the run was put together from

	Recovered *Recovery `json:"recovered,omitempty"` // what became of a damaged run

	// SHA256 is that of the manifest's own text with 64 zeros in this place.
	SHA256 string `json:"manifest_sha256"`
}

// Share is a shard that became a part of a merged run.
type Share struct {
	Shard *Shard `json:"shard,omitempty"`
	Host  Host   `json:"host"`
}

// ThisHost is the machine that this process runs on.
func ThisHost() Host {
	name, _ := os.Hostname()
	return Host{Hostname: name, OS: runtime.GOOS + "/" + runtime.GOARCH}
}

// Loss is something of a damaged run that could not be saved, or not in full.
type Loss struct {
	File    string `json:"file"`
	Samples int64  `json:"samples"` // that are lost with it; negative where nobody knows
	Why     string `json:"why"`
}

// Recovery says what became of a damaged run. It stays in the manifest.
type Recovery struct {
	At    time.Time `json:"at"`
	Whole int       `json:"whole_groups"` // copied as they were
	Parts int       `json:"part_groups"`  // written anew, as far as they could be read
	Lost  []Loss    `json:"lost"`

	// Doubtful says that the manifest had been changed: what it says of spec, model
	// and engine may be wrong.
	Doubtful bool `json:"doubtful,omitempty"`
}
