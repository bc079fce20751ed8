package capture

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"

	"intentprobe/capture/arm"
	"intentprobe/capture/dataset"
	"intentprobe/capture/hint"
	"intentprobe/capture/plan"
	"intentprobe/capture/prompt"
	"intentprobe/hooks"
	"intentprobe/models"
	"intentprobe/models/cache"
	"intentprobe/models/phantom"
)

// Session is a spec with its model loaded, its dataset read and its samples
// planned; nothing has been written.
type Session struct {
	Spec     Spec // as it was given; Chosen and Prepared.Spec have what was left open
	Prepared *plan.Prepared
	Threads  int
	Offer    *hooks.Map       // the points that the model offers
	Findings []prompt.Finding // of the model file, as far as they matter here

	options       Options
	path          string
	named         *modelFile // the model as named
	loaded        *modelFile // that, or the converted file
	fileType      string     // of the model as named
	weightsSHA256 string     // of the converted file, if there is one
	model         *models.Model

	workers      []connected
	adapters     []adapterFile // that the model runs with
	adapterPaths []string      // where they are now, if not where the spec says

	elsewhere []string        // where the workers are now, if not where the spec says
	before    []models.Device // the devices, before anything was loaded
	placement placement       // of the layers
	opt       models.LoadOptions
	loading   string // the file that is loaded

	directions *arm.Source       // that interventions and probes name
	arms       *arm.Set          // nil without interventions
	probes     *arm.Probes       // nil without probes
	probeSums  map[string]string // of a run: the checksums of the files of its probes
	kept       []byte            // the directions of arms and probes, as the run's folder keeps them; nil for none
}

// Open validates a spec, reads its dataset, loads its model and plans every
// sample. Close frees the model. When ctx ends, loading stops with ctx's error.
func Open(ctx context.Context, spec Spec, around Options) (*Session, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	data, err := dataset.FromSpec(&spec)
	if err != nil {
		return nil, err
	}
	if err := checkWords(spec.Model, data); err != nil {
		return nil, err
	}
	path, err := SpecModel(&spec)
	if err == nil {
		err = spec.ReadTemplate()
	}
	if err != nil {
		return nil, err
	}
	s := &Session{Spec: spec, Threads: int(spec.Engine.Threads), path: path, options: around}
	if s.Threads == 0 {
		s.Threads = DefaultThreads()
	}
	if err := s.openDirections(ctx); err != nil {
		return nil, err
	}
	return s, s.open(ctx, data)
}

// open loads the model and plans every sample of the dataset.
func (s *Session) open(ctx context.Context, data *dataset.Dataset) error {
	err := s.load(ctx)
	if err == nil {
		err = s.prepare(ctx, data)
	}
	if err != nil {
		s.Close()
	}
	return err
}

// Replan plans the samples of another spec in the place of the session's: one with the same
// model, engine and prompts. After an error the session has no plan that may be run.
func (s *Session) Replan(ctx context.Context, spec Spec) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	data, err := dataset.FromSpec(&spec)
	if err == nil {
		err = spec.ReadTemplate()
	}
	if err != nil {
		return err
	}
	s.Spec = spec
	if err := s.openDirections(ctx); err != nil {
		return err
	}
	return s.prepare(ctx, data)
}

// prepare looks at what the model offers and plans every sample.
func (s *Session) prepare(ctx context.Context, data *dataset.Dataset) (err error) {
	m, _, err := SurveyModel(ctx, s.model, s.Threads)
	if err != nil {
		return err
	}
	s.Offer = m
	if err := s.compileArms(m); err != nil {
		return err
	}
	if s.Prepared, err = plan.Prepare(s.Spec, data, s.model.Facts(), m, s.model, s.arms, s.probes.Scores()); err != nil {
		return err
	}
	if s.probes != nil {
		s.Prepared.Notices = append(s.Prepared.Notices, s.probes.Notices...)
	}
	free := s.Spec.Engine.Batch == 0
	if free { // nobody asked for one; the manifest holds the number
		s.Prepared.FitBatch(s.model, s.Threads, models.AvailableMemory()/2)
	}
	return s.placeAgain(ctx, free)
}

// placeAgain places the layers again where the cache of the samples, known only now,
// leaves too little of the devices' memory: with a smaller batch if nobody asked for
// one, then with fewer layers if these were for capture to choose.
func (s *Session) placeAgain(ctx context.Context, free bool) error {
	resolved := &s.Prepared.Spec.Engine
	for s.opt.Layers > 0 {
		p, err := s.place(s.loading, s.Prepared.ContextOptions(s.Threads).Tokens)
		short := err != nil || p.Layers < s.opt.Layers
		if short && free && resolved.Batch > 4 {
			resolved.Batch /= 2
			continue
		}
		if err != nil {
			return err
		}
		s.placement = p
		if short {
			s.model.Close()
			s.opt.Placement = p.Placement
			if s.model, err = models.Load(ctx, s.loading, s.opt); err != nil {
				return err
			}
		}
		break
	}
	resolved.GPULayers, resolved.TensorSplit = s.placement.layers, s.placement.split
	return nil
}

// suggestBatch adds to an error about memory the largest batch that fits.
func (s *Session) suggestBatch(err error) error {
	var memory *models.MemoryError
	smaller := *s.Prepared
	if !errors.As(err, &memory) || !smaller.FitBatch(s.model, s.Threads, memory.Available) {
		return err
	}
	return hint.With(err, "use ", hint.Key("engine.batch"), " ", smaller.Spec.Engine.Batch, ", which fits; fewer tokens a sample (", hint.Key("generate.max_tokens"), ") leave room for more")
}

// DefaultThreads is the number of CPUs that this process may use: Go takes the affinity
// mask and the control group's quota into account. With more threads than that ggml is
// many times slower, as its threads wait for each other by spinning.
func DefaultThreads() int { return runtime.GOMAXPROCS(0) }

func (s *Session) load(ctx context.Context) (err error) {
	header, err := models.ReadHeader(s.path)
	if err != nil {
		return err
	}
	s.fileType = header.FileType
	if err := s.connect(ctx); err != nil {
		return err
	}
	s.opt = models.LoadOptions{IgnoreMemory: !s.Spec.Engine.MemoryCheck}
	if s.placement, err = s.place(s.path, max(256, s.Spec.Engine.Ctx)); err != nil {
		return err
	}
	s.opt.Placement = s.placement.Placement
	files, err := models.Check(s.path, s.opt)
	if err != nil {
		return err
	}
	if s.named, err = identify(ctx, files); err != nil {
		return err
	}
	if err := s.findAdapters(ctx); err != nil {
		return err
	}
	if err := s.options.tryOnce(ctx, s.trial(files)); err != nil {
		return err
	}
	s.loaded = s.named
	path := s.path
	if mode := s.Spec.Engine.Weights; mode != "as-is" {
		dir, err := cache.Dir()
		if err != nil {
			return err
		}
		if path, s.weightsSHA256, err = models.Convert(ctx, s.path, s.named.sha256, mode, filepath.Join(dir, "weights"), s.Threads); err != nil {
			return err
		}
		stamp, err := stampOf(path)
		if err != nil {
			return err
		}
		s.loaded = &modelFile{sha256: s.weightsSHA256, bytes: stamp.Size(), stamps: []fileStamp{stamp}}
		// The converted file has other sizes.
		if s.placement, err = s.place(path, max(256, s.Spec.Engine.Ctx)); err != nil {
			return err
		}
		s.opt.Placement = s.placement.Placement
	}
	s.loading = path
	if s.model, err = models.Load(ctx, path, s.opt); err != nil {
		return err
	}
	if err := s.soundAdapters(); err != nil {
		return err
	}
	chat := s.Spec.Chat
	if s.named.sha256 == phantom.Checksum() {
		chat.Template = "none" // it reads raw text, and is made for that
	}
	s.Findings = append(prompt.Findings(s.model.Facts(), s.model, &chat), adapterFindings(s.model.Facts().Adapters)...)
	return nil
}

// Close frees the model and disconnects from the workers. It may be called twice.
func (s *Session) Close() {
	if s.model != nil {
		s.model.Close()
	}
	s.disconnect()
}
