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
		if err := around.tryOnce(ctx, files, m.sha256); err != nil {
			return nil, err
		}
	}
	return models.Load(ctx, path, opt)
}

// tryOnce tries a model that this engine never loaded, and remembers it in the
// cache folder if it passed. What was embedded in the program needs no trial.
func (o *Options) tryOnce(ctx context.Context, files []string, sum string) error {
	if o.Trial == nil || sum == phantom.Checksum() {
		return nil
	}
	engine, err := models.EngineBuild()
	if err != nil {
		return err
	}
	mark, text := trustMark(sum, engine)
	if there, err := os.ReadFile(mark); err == nil && string(there) == text {
		return nil
	}
	if err := o.Trial(ctx, files); err != nil {
		return err
	}
	remember(mark, text) // where that fails there is another trial, nothing worse
	return nil
}

// TrialKept says why the trial of the model cannot be remembered, so that each run
// tries it again; nil where it is, or where none was needed.
func (s *Session) TrialKept() error {
	if s.options.Trial == nil || s.named.sha256 == phantom.Checksum() {
		return nil
	}
	engine, err := models.EngineBuild()
	if err != nil {
		return nil // the model was loaded, so it can be used
	}
	return cache.In("trusted", func(string) error {
		mark, text := trustMark(s.named.sha256, engine)
		if there, err := os.ReadFile(mark); err == nil && string(there) == text {
			return nil
		}
		return remember(mark, text)
	})
}

// trustMark names the file that remembers a model, and gives what stands in it: the
// model's checksum and the engine.
func trustMark(sum string, engine models.Build) (path, text string) {
	facts, _ := json.Marshal(engine) // plain data: cannot fail
	text = fmt.Sprintf("model %s\nengine %s\n", sum, facts)
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
