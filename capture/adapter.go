package capture

import (
	"context"
	"fmt"
	"path/filepath"

	"intentprobe/capture/hint"
	"intentprobe/capture/prompt"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/storage/plural"
	"intentprobe/storage/rundir"
)

// adapterFile is an adapter that a session runs with, as it lies on the disk.
type adapterFile struct {
	*modelFile
	models.Adapter
	how *rundir.Training // nil where nothing lies beside it
}

// findAdapters reads the adapters of a spec, which must fit the model.
func (s *Session) findAdapters(ctx context.Context) (err error) {
	paths := s.adapterPaths
	if paths == nil {
		if paths, err = s.Spec.AdapterFiles(); err != nil {
			return err
		}
	}
	for i, path := range paths {
		a := adapterFile{Adapter: models.Adapter{Path: path, Scale: float32(s.Spec.Engine.Adapters[i].Scale)}}
		if a.Head, err = models.CheckAdapter(s.path, path); err != nil {
			return err
		}
		if a.modelFile, err = identify(ctx, []string{path}); err != nil {
			return err
		}
		base := a.Head.Base
		if a.how, err = readTraining(path); err != nil {
			return err
		}
		if a.how != nil && base == "" {
			base = a.how.Base()
		}
		if base != "" && base != s.named.sha256 {
			return hint.With(fmt.Errorf("adapter %q: it was made for a model with the sha256 %s; %s has %s", path, base, filepath.Base(s.path), s.named.sha256),
				"name the model that the adapter was trained on")
		}
		s.adapters = append(s.adapters, a)
		s.opt.Adapters = append(s.opt.Adapters, a.Adapter)
	}
	return nil
}

// soundAdapters gives an error if an adapter was written into since it was identified.
func (s *Session) soundAdapters() error {
	for _, a := range s.adapters {
		if err := a.check(); err != nil {
			return err
		}
	}
	return nil
}

// manifestAdapters lists the adapters as a manifest does.
func (s *Session) manifestAdapters() (out []rundir.Adapter) {
	for i, a := range s.adapters {
		m := rundir.Adapter{
			File: filepath.Base(a.Path), SHA256: a.sha256, Bytes: a.bytes, Scale: s.Spec.Engine.Adapters[i].Scale,
			Architecture: a.Head.Architecture, Name: a.Head.Name, Alpha: float64(a.Head.Alpha), Weights: len(a.Head.Pairs), Ignored: a.Head.Norms, Training: a.how,
		}
		for _, p := range a.Head.Pairs {
			m.Rank = max(m.Rank, p.Rank())
		}
		out = append(out, m)
	}
	return out
}

// adapterFindings says what of the adapters does not come into a run.
func adapterFindings(adapters []models.Adapter) (out []prompt.Finding) {
	for _, a := range adapters {
		if len(a.Head.Norms) == 0 {
			continue
		}
		out = append(out, prompt.Finding{
			ID: "adapter-norms", Says: fmt.Sprintf("adapter %s has norms of its own: %s", filepath.Base(a.Path), plural.List(a.Head.Norms, 3)),
			Means: "llama.cpp passes over them: the model runs with the norms of its own file, not with those that were trained",
			Do:    "merge the adapter into the model before it is converted, or train one that leaves norms alone",
		})
	}
	return out
}

// checkApplied refuses an adapter of which a part is not computed: llama.cpp multiplies
// some weights of some architectures without asking for adapters.
func checkApplied(g *hooks.Graph, arch string, adapters []models.Adapter) error {
	of := map[string]int{}
	for _, a := range adapters {
		if a.Scale == 0 {
			continue
		}
		for _, p := range a.Head.Pairs {
			if of[p.Weight]++; g.Adapters(p.Weight) < of[p.Weight] {
				return hint.With(fmt.Errorf("adapter %q: it changes %q, and llama.cpp multiplies by this weight (%s) without adapters: the model would run without a part of it", a.Path, p.Weight, arch),
					"merge the adapter into the model, and name the result as the model; or train one that leaves this weight alone")
			}
		}
	}
	return nil
}
