package storage

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ManifestName is the file that is written last.
const ManifestName = "manifest.json"

// What a manifest can say of its run.
const (
	Complete    = "complete"    // every sample of the spec is there
	Interrupted = "interrupted" // the user stopped it; what is there is whole
	Failed      = "failed"      // an error stopped it; what is there is whole
)

// Manifest says what a run directory holds and all that is needed to run again.
// What differs between two runs of the same thing is under Host alone.
type Manifest struct {
	FormatVersion int             `json:"format_version"`
	Status        string          `json:"status"`
	Error         string          `json:"error,omitempty"`
	Tool          Tool            `json:"tool"`
	Engine        Engine          `json:"engine"`
	Model         Model           `json:"model"`
	Spec          json.RawMessage `json:"spec"` // resolved: every default filled in
	Dataset       Dataset         `json:"dataset"`
	Hooks         []Hook          `json:"hooks"`
	DType         DType           `json:"dtype"`
	Samples       int64           `json:"samples"`
	Rows          int64           `json:"rows"`
	Files         []FileInfo      `json:"files"`
	Host          Host            `json:"host"`
}

// Tool is the program that wrote the run.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
}

// Engine is the llama.cpp that ran the model.
type Engine struct {
	Name        string   `json:"name"`
	Version     string   `json:"version"`
	GgmlVersion string   `json:"ggml_version"`
	Commit      string   `json:"commit"`
	Source      string   `json:"source"`
	Options     string   `json:"options"`
	CPUFeatures []string `json:"cpu_features"`
	Backends    []string `json:"backends"`
	Threads     int      `json:"threads"`
	Context     int      `json:"context"`
	MicroBatch  int      `json:"micro_batch"`
	KVType      string   `json:"kv_type"` // of the cache: f16 with flash attention where the engine has it, f32 without
	Batch       int      `json:"batch"`
}

// Model is the model file that ran.
type Model struct {
	File               string `json:"file"`
	SHA256             string `json:"sha256"`
	Name               string `json:"name"`
	Architecture       string `json:"architecture"`
	Quantisation       string `json:"quantisation"`
	Parameters         uint64 `json:"parameters"`
	Layers             int    `json:"layers"`
	Width              int    `json:"d_model"`
	Heads              int    `json:"heads"`
	KVHeads            int    `json:"kv_heads"`
	Vocabulary         int    `json:"vocabulary"`
	TrainContext       int    `json:"context"`
	ChatTemplateSHA256 string `json:"chat_template_sha256,omitempty"`
	Weights            string `json:"weights"`                  // as-is, f32, f16
	WeightsSHA256      string `json:"weights_sha256,omitempty"` // of the converted file
}

// Dataset is where the prompts came from.
type Dataset struct {
	File   string `json:"file,omitempty"`
	SHA256 string `json:"sha256"`
	Rows   int    `json:"rows"`
}

// Hook is one activation column.
type Hook struct {
	Name             string  `json:"name"`
	Tensor           string  `json:"tensor"` // of llama.cpp's graph
	Shape            []int   `json:"shape"`
	Check            string  `json:"check"`              // what was checked on this model
	Identity         string  `json:"identity,omitempty"` // the equation that was checked
	Error            float64 `json:"error"`              // largest relative error of it
	Float16Overflows int64   `json:"float16_overflows"`
}

// FileInfo is one finished file.
type FileInfo struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Host is what may differ between two runs of the same thing.
type Host struct {
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	Hostname string    `json:"hostname"`
	OS       string    `json:"os"`
	ModelDir string    `json:"model_dir"`
}

func (m *Manifest) write(fs FS, dir string) error {
	if m.Files == nil {
		m.Files = []FileInfo{}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	p, err := createPart(fs, filepath.Join(dir, ManifestName), partSuffix)
	if err != nil {
		return err
	}
	if _, err := p.Write(append(text, '\n')); err != nil {
		p.discard()
		return err
	}
	if _, err := p.commit(); err != nil {
		return err
	}
	return fs.SyncDir(dir)
}

// ReadManifest reads the manifest of a run directory. An error that satisfies
// os.IsNotExist means that the run did not finish.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, ManifestName)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("storage: %s: %w", path, err)
	}
	if m.FormatVersion < 1 || m.FormatVersion > FormatVersion {
		return nil, fmt.Errorf("storage: %s: format version %d; this program reads 1 to %d", path, m.FormatVersion, FormatVersion)
	}
	return &m, nil
}
