package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"

	"intentprobe/capture/prompt"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// manifest says what the run is, but for how it ended.
func (d *decoding) manifest(tool rundir.Tool) *rundir.Manifest {
	m := d.identity(tool, d.engine.Options())
	for _, c := range d.Prepared.Columns() {
		m.Hooks = append(m.Hooks, hookOf(c, d.Prepared.Points, d.checks))
	}
	m.Engine.FlashAttn = map[bool]string{true: "on", false: "off"}[d.hooks.Graph.FlashAttention()]
	m.Host.Started = d.since.UTC()
	return m
}

// identity says what two runs must have in common to have the same bytes.
func (s *Session) identity(tool rundir.Tool, opt models.ContextOptions) *rundir.Manifest {
	p, f := s.Prepared, s.Prepared.Facts
	build, _ := models.EngineBuild() // the model was loaded, so it can be used
	plan := p.Plan()
	spec, _ := json.Marshal(p.Spec) // plain data: cannot fail
	dir, _ := filepath.Abs(filepath.Dir(s.path))
	m := &rundir.Manifest{
		Tool: tool,
		Engine: rundir.Engine{
			Name: "llama.cpp", Version: build.Version, GgmlVersion: build.Ggml, Commit: build.Commit, Source: build.Source,
			Options: build.Options, CPUFeatures: build.Features, Backends: build.Backends,
			Threads: opt.Threads, Context: opt.Tokens, MicroBatch: opt.MicroBatch, Batch: opt.Sequences,
		},
		Model: rundir.Model{
			File: filepath.Base(s.path), SHA256: s.named.sha256, Bytes: s.named.bytes, Name: f.Name, Architecture: f.Architecture, Quantisation: s.fileType,
			Parameters: f.Parameters, Layers: f.Layers, Width: f.Width, Heads: f.Heads, KVHeads: f.KVHeads,
			Vocabulary: f.Vocabulary, TrainContext: f.TrainContext, Weights: s.Spec.Engine.Weights, WeightsSHA256: s.weightsSHA256,
		},
		Spec:    spec,
		Dataset: rundir.Dataset{File: p.Dataset.BaseName(), SHA256: p.Dataset.SHA256, Rows: len(p.Dataset.Rows)},
		Plan:    &plan,
		DType:   arrowfile.DType(s.Spec.Capture.DType),
		Host:    rundir.ThisHost(),
	}
	m.Host.ModelDir = dir
	m.Adapters = s.manifestAdapters()
	for _, a := range s.adapters {
		path, _ := filepath.Abs(a.Path)
		m.Host.Adapters = append(m.Host.Adapters, path)
	}
	if p.Dataset.File != "" {
		m.Host.Dataset, _ = filepath.Abs(p.Dataset.File)
	}
	if build.Built != build.Version {
		m.Engine.Built = build.Built
	}
	m.Engine.KVType = opt.KVType
	m.Engine.Devices = s.placement.used()
	for _, found := range s.Findings {
		m.Model.Findings = append(m.Model.Findings, rundir.Finding{ID: found.ID, Says: found.Says})
	}
	m.Model.EndTokens = prompt.EndTokens(f, p.Tokenizer)
	m.Model.ChatTemplateSHA256 = templateSum(f)
	m.Template = s.templateUsed()
	m.Arms, m.Probes = armsOf(p.Arms), probesOf(s.probes)
	if s.kept != nil {
		m.Directions = &rundir.Directions{File: rundir.DirectionsName, SHA256: rundir.SumOf(s.kept)}
	}
	if p.Arms != nil {
		m.Forced = slices.Clone(p.Arms.Forced)
	}
	if s.probes != nil {
		m.Forced = append(m.Forced, s.probes.Forced...)
	}
	return m
}

// hookOf describes a column: the graph tensor behind it and what was checked.
func hookOf(c arrowfile.Column, points []hooks.Located, checks []hooks.Identity) rundir.Hook {
	h := rundir.Hook{Name: c.Name, Shape: c.Shape, Check: "computed on this model as often as tokens, finite"}
	for _, l := range points {
		if name := l.Point.String(); c.Name != name && c.Name != name+".token_id" {
			continue
		}
		h.Tensor = l.Tensor
		for _, id := range checks {
			if slices.Contains(id.Points, l.Point) && (h.Identity == "" || id.Error > h.Error) {
				h.Identity, h.Error = id.Name, id.Error
			}
		}
	}
	return h
}

// templateSum is the sha256 of a model's chat template, as hex text; empty where it has none.
func templateSum(f models.Facts) string {
	if f.ChatTemplate == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(f.ChatTemplate))
	return hex.EncodeToString(sum[:])
}
