package capture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"intentprobe/models"
	"intentprobe/models/cache"
	"intentprobe/models/phantom"
)

// LoadModel loads a GGUF file, after a trial if this engine never loaded it. When ctx
// ends, it stops with ctx's error.
func LoadModel(ctx context.Context, path string, opt models.LoadOptions, around Options) (*models.Model, error) {
	if around.Trial != nil {
		files, err := models.Check(path, opt)
		if err != nil {
			return nil, err
		}
		m, err := identify(ctx, files)
		if err != nil {
			return nil, err
		}
		t := trial{files: files, model: m.sha256}
		for _, a := range opt.Adapters {
			if err := t.add(ctx, a.Path); err != nil {
				return nil, err
			}
		}
		if err := around.tryOnce(ctx, t); err != nil {
			return nil, err
		}
	}
	return models.Load(ctx, path, opt)
}

// trial is what is to be loaded: a model in its files, and adapters.
type trial struct {
	files    []string
	model    string   // sha256
	adapters []string // files
	sums     []string // their sha256
}

// add adds an adapter.
func (t *trial) add(ctx context.Context, path string) error {
	sum, err := models.FileSHA256(ctx, path)
	t.adapters, t.sums = append(t.adapters, path), append(t.sums, sum)
	return err
}

// trial is what this session loads.
func (s *Session) trial(files []string) trial {
	t := trial{files: files, model: s.named.sha256}
	for _, a := range s.adapters {
		t.adapters, t.sums = append(t.adapters, a.Path), append(t.sums, a.sha256)
	}
	return t
}

// known says whether all of it came with the program, so that it needs no trial.
func (t *trial) known() bool { return t.model == phantom.Checksum() && len(t.adapters) == 0 }

// tryOnce tries a model that this engine never loaded, or not with these adapters, and
// remembers it in the cache folder if it passed. What was embedded in the program needs no
// trial.
func (o *Options) tryOnce(ctx context.Context, t trial) error {
	if o.Trial == nil || t.known() {
		return nil
	}
	engine, err := models.EngineBuild()
	if err != nil {
		return err
	}
	mark, text := t.mark(engine)
	if there, err := os.ReadFile(mark); err == nil && string(there) == text {
		return nil
	}
	if err := o.Trial(ctx, t.files, t.adapters); err != nil {
		return err
	}
	remember(mark, text) // where that fails there is another trial, nothing worse
	return nil
}

// TrialKept says why the trial of the model cannot be remembered, so that each run
// tries it again; nil where it is, or where none was needed.
func (s *Session) TrialKept() error {
	t := s.trial(nil)
	if s.options.Trial == nil || t.known() {
		return nil
	}
	engine, err := models.EngineBuild()
	if err != nil {
		return nil // the model was loaded, so it can be used
	}
	return cache.In("trusted", func(string) error {
		mark, text := t.mark(engine)
		if there, err := os.ReadFile(mark); err == nil && string(there) == text {
			return nil
		}
		return remember(mark, text)
	})
}

// mark names the file that remembers a trial, and gives what stands in it: the checksums
// of model and adapters, and the engine.
func (t *trial) mark(engine models.Build) (path, text string) {
	facts, _ := json.Marshal(engine) // plain data: cannot fail
	text = fmt.Sprintf("model %s\n", t.model)
	for _, sum := range t.sums {
		text += fmt.Sprintf("adapter %s\n", sum)
	}
	text += fmt.Sprintf("engine %s\n", facts)
	dir, err := cache.Dir()
	if err != nil {
		return "", text
	}
	name := sha256.Sum256([]byte(text))
	return filepath.Join(dir, "trusted", hex.EncodeToString(name[:16])), text
}

// remember writes a mark. It appears whole.
func remember(mark, text string) error {
	if mark == "" {
		return nil
	}
	dir := filepath.Dir(mark)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	part, err := os.CreateTemp(dir, "*.part")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	_, err = part.WriteString(text)
	if cerr := part.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(part.Name(), mark)
}
