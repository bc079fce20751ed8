package capture

import (
	"context"

	"intentprobe/hooks"
	"intentprobe/models"
)

// modelWeights reads weights from a GGUF file for the check on the model, with what its
// adapters add to them.
type modelWeights struct {
	path     string
	adapters []models.Adapter
	open     map[string]*models.Tensor
	read     map[string][][]float32 // tensors of adapters
}

func newModelWeights(facts models.Facts) *modelWeights {
	return &modelWeights{facts.Path, facts.Adapters, map[string]*models.Tensor{}, map[string][][]float32{}}
}

// Row implements hooks.Weights.
func (w *modelWeights) Row(name string, i int) ([]float32, error) {
	row, err := w.tensorRow(w.path, name, i)
	if err == nil {
		err = w.adapt(name, i, row)
	}
	return row, err
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
	weights := newModelWeights(facts)
	defer weights.close()
	m, identities, err := Survey(ctx, engine, arch, facts, weights)
	if err == nil {
		err = checkApplied(m.Graph, facts.Architecture, facts.Adapters)
	}
	return m, identities, err
}
