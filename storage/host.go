package storage

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
	Dataset  string      `json:"dataset,omitempty"` // path of the file that the prompts were read from
	Merged   []Share     `json:"merged,omitempty"`  // the shards that the run was put together from

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
