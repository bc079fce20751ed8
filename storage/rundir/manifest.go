package rundir

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/disk"
)

// ManifestName is the file that is written last.
const ManifestName = "manifest.json"

// What a manifest can say of its run.
const (
	Complete    = "complete"    // every sample of the spec is there
	Interrupted = "interrupted" // the user stopped it; what is there is whole
	Failed      = "failed"      // an error stopped it; what is there is whole
	Recovered   = "recovered"   // saved from a damaged run; what is there is whole
)

// RawText stands in the place of a chat template's sha256 where prompts are raw text.
const RawText = "none"

// Manifest says what a run directory holds and all that is needed to run again.
// What differs between two runs of the same thing is under Host alone.
type Manifest struct {
	FormatVersion int             `json:"format_version"`
	Status        string          `json:"status"`
	Error         string          `json:"error,omitempty"`
	Tool          Tool            `json:"tool"`
	Engine        Engine          `json:"engine"`
	Model         Model           `json:"model"`
	Adapters      []Adapter       `json:"adapters,omitempty"`        // in the order of the spec
	Spec          json.RawMessage `json:"spec"`                      // resolved: every default filled in
	Template      string          `json:"template_sha256,omitempty"` // of the chat template that rendered the prompts, as hex text; RawText where none did; absent in older runs
	Dataset       Dataset         `json:"dataset"`
	Plan          *Plan           `json:"plan,omitempty"`
	Shard         *Shard          `json:"shard,omitempty"`  // nil: all of the plan
	Forced        []string        `json:"forced,omitempty"` // what differed when the run was resumed all the same
	Hooks         []Hook          `json:"hooks"`
	Optional      OptionalColumns `json:"optional_columns,omitzero"`
	Arms          []Arm           `json:"arms,omitempty"`       // of the samples, none first; no arms where there are no interventions
	Directions    *Directions     `json:"directions,omitempty"` // that interventions and probes used; nil where they used none
	Probes        []Probe         `json:"probes,omitempty"`     // that scored the rows, in the order of their columns
	DType         arrowfile.DType `json:"dtype"`
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
	Built       string   `json:"built_for,omitempty"` // version that the program was compiled for, where it is another
	GgmlVersion string   `json:"ggml_version"`
	Commit      string   `json:"commit"`
	Source      string   `json:"source"`
	Options     string   `json:"options"`
	CPUFeatures []string `json:"cpu_features"`
	Backends    []string `json:"backends"`
	Threads     int      `json:"threads"`
	Context     int      `json:"context"`
	MicroBatch  int      `json:"micro_batch"`
	KVType      string   `json:"kv_type"`              // of the cache
	FlashAttn   string   `json:"flash_attn,omitempty"` // on or off: whether attention was computed so, as its graph shows; absent in runs before
	Batch       int      `json:"batch"`                // sequences that the context has room for
	Devices     []Device `json:"devices,omitempty"`    // that layers were on, beside the CPU
}

// Device is hardware that layers of the model were on.
type Device struct {
	Name        string `json:"name"` // of llama.cpp: "CUDA0", "RPC0"
	Description string `json:"description"`
	Backend     string `json:"backend"`
	Driver      string `json:"driver,omitempty"`
	Memory      uint64 `json:"memory_total"`     // bytes
	Worker      string `json:"worker,omitempty"` // HOST:PORT, of a worker's
	Engine      string `json:"engine,omitempty"` // of the worker
	Layers      int    `json:"layers"`           // on it; the output counts as one
}

// Model is the model file that ran.
type Model struct {
	File         string `json:"file"`
	SHA256       string `json:"sha256"`
	Bytes        int64  `json:"bytes"`
	Name         string `json:"name"`
	Architecture string `json:"architecture"`
	Quantisation string `json:"quantisation"`
	Parameters   uint64 `json:"parameters"`
	Layers       int    `json:"layers"`
	Width        int    `json:"d_model"`
	Heads        int    `json:"heads"`
	KVHeads      int    `json:"kv_heads"`
	Vocabulary   int    `json:"vocabulary"`
	TrainContext int    `json:"context"`

	// EndTokens are the tokens after which the model stops, in order of their ids; nil in runs
	// of older versions, and not empty.
	EndTokens []int32 `json:"end_tokens,omitzero"`

	ChatTemplateSHA256 string `json:"chat_template_sha256,omitempty"`
	Weights            string `json:"weights"`                  // as-is, f32, f16
	WeightsSHA256      string `json:"weights_sha256,omitempty"` // of the converted file

	Findings []Finding `json:"findings,omitempty"`
}

// Finding is something that a model file says, or lacks, and that is known to go wrong.
type Finding struct {
	ID   string `json:"id"`
	Says string `json:"finding"`
}

// Dataset is where the prompts came from. They lie in the run as DatasetName.
type Dataset struct {
	File   string `json:"file,omitempty"`
	SHA256 string `json:"sha256"` // of DatasetName
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

// HasSpec says whether the spec is known; of a run whose manifest was lost it is not.
func (m *Manifest) HasSpec() bool { return len(m.Spec) > 0 && string(m.Spec) != "null" }

// Hold fills in what groups hold: files, counts, and the overflows of the hooks.
func (m *Manifest) Hold(groups []Group) {
	m.Files, m.Samples, m.Rows = []FileInfo{}, 0, 0
	for i := range m.Hooks {
		m.Hooks[i].Float16Overflows = 0
	}
	for _, g := range groups {
		m.Files = append(m.Files, g.Files...)
		m.Samples += g.Samples
		m.Rows += g.Rows
		for i, n := range g.Overflows()[:min(len(m.Hooks), len(g.Overflows()))] {
			m.Hooks[i].Float16Overflows += n
		}
	}
}

// Write writes the manifest into a folder, whole or not at all.
func (m *Manifest) Write(fs disk.FS, dir string) error {
	text, err := m.Text()
	if err != nil {
		return err
	}
	if err := disk.WriteWhole(fs, filepath.Join(dir, ManifestName), text); err != nil {
		return err
	}
	return fs.SyncDir(dir)
}

// Text gives the manifest as it is written, with its checksum in it.
func (m *Manifest) Text() ([]byte, error) {
	if m.Files == nil {
		m.Files = []FileInfo{}
	}
	m.Host.SHA256 = NoSum
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	text = append(text, '\n')
	m.Host.SHA256 = SumOf(text)
	return WithSum(text, NoSum, m.Host.SHA256), nil
}

// WithSum puts another checksum in the place of a manifest's own, which is the last
// thing in it.
func WithSum(text []byte, was, is string) []byte {
	at := bytes.LastIndex(text, []byte(was))
	if at < 0 {
		return text
	}
	return slices.Concat(text[:at], []byte(is), text[at+len(was):])
}

// NoSum stands for the manifest's checksum while it is taken.
var NoSum = strings.Repeat("0", 64)

// SumOf gives the sha256 of a text, as hex text.
func SumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// ErrManifest says that a manifest is not as it was written.
var ErrManifest = errors.New("was changed: its own sha256 is another")

// ReadManifest reads the manifest of a run directory. An error that satisfies
// os.IsNotExist means that the run did not finish; with one that wraps ErrManifest the
// manifest is given as well.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, ManifestName)
	f, err := disk.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(text)
	if err != nil {
		err = &disk.FileError{Path: path, Err: err}
	}
	return m, err
}

// maxManifest bounds the memory that a damaged manifest can ask for.
const maxManifest = 64 << 20

// ParseManifest reads a manifest. With an error that wraps ErrManifest the manifest is
// given as well.
func ParseManifest(text []byte) (*Manifest, error) {
	if len(text) > maxManifest {
		return nil, fmt.Errorf("has more than %d bytes, as no manifest has", maxManifest)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, err
	}
	sum := m.Host.SHA256
	whole := len(sum) == 64 && SumOf(WithSum(text, sum, NoSum)) == sum
	err := checkFormat("", m.FormatVersion)
	if err != nil && !whole { // the number may be the damage
		err = fmt.Errorf("%w: the run, it says, %w", ErrManifest, err)
	}
	if err == nil {
		err = m.Check()
	}
	if err != nil {
		return nil, err
	}
	if !whole {
		return &m, ErrManifest
	}
	return &m, nil
}

// Check refuses what would lead a reader astray.
func (m *Manifest) Check() error {
	if p := m.Plan; p != nil && (p.GroupSamples < 1 || p.Samples < 0 || p.Samples > math.MaxInt64-int64(p.GroupSamples) || p.Groups() > mostGroups) {
		return fmt.Errorf("a plan of %d samples in groups of %d", p.Samples, p.GroupSamples)
	}
	if s := m.Shard; s != nil && (s.Of < 1 || s.Index < 1 || s.Index > s.Of) {
		return fmt.Errorf("shard %d of %d", s.Index, s.Of)
	}
	for _, f := range m.Files {
		if n := len(f.Overflows); n != 0 && n != len(m.Hooks) {
			return fmt.Errorf("%s has %d counts of float16 overflows for %d hooks", f.Name, n, len(m.Hooks))
		}
	}
	return nil
}

// SHA256Text matches a sha256 as files of a run write it.
var SHA256Text = regexp.MustCompile(`^[0-9a-f]{64}$`)
