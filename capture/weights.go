package capture

import (
	"context"

	"intentprobe/hooks"
	"intentprobe/models"
)

// modelWeights reads weights from a GGUF file for the check on the model.
type modelWeights struct {
	path string
	open map[string]*models.Tensor
}

func newModelWeights(path string) *modelWeights {
	return &modelWeights{path, map[string]*models.Tensor{}}
}

// Row implements hooks.Weights.
func (w *modelWeights) Row(name string, i int) ([]float32, error) {
	t, ok := w.open[name]
	if !ok {
		var err error
		if t, err = models.OpenTensor(w.path, name); err != nil {
			return nil, err
		}
		w.open[name] = t
	}
	return t.Row(i)
}

func (w *modelWeights) close() {
	for _, t := range w.open {
		t.Close()
	}
}

// SurveyModel surveys a model in a small context of its own, which computes
// attention patterns so that they are found as well.
func SurveyModel(ctx context.Context, model *models.Model, threads int) (*hooks.Map, []hooks.Identity, error) {
	if _, err := hooks.ForArch(model.Facts().Architecture); err != nil {
		return nil, nil, err // before memory is taken
	}
	engine, err := model.NewContext(models.ContextOptions{Tokens: 256, Sequences: 1, MicroBatch: 32, Threads: threads, Pattern: true})
	if err != nil {
		return nil, nil, err
	}
	defer engine.Close()
	return SurveyContext(ctx, engine, model.Facts())
}

// SurveyContext surveys a model in a context that exists already, with the table of its
// architecture and the weights of its file.
func SurveyContext(ctx context.Context, engine Surveyor, facts models.Facts) (*hooks.Map, []hooks.Identity, error) {
	arch, err := hooks.ForArch(facts.Architecture)
	if err != nil {
		return nil, nil, err
	}
	weights := newModelWeights(facts.Path)
	defer weights.close()
	return Survey(ctx, engine, arch, facts, weights)
}
