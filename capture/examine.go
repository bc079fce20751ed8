package capture

import (
	"context"

	"intentprobe/capture/prompt"
	"intentprobe/models"
)

// Examine loads a model, by its path or a name that `capture models` shows, without its
// weights, and examines it.
func Examine(ctx context.Context, name string, around Options) (*prompt.Examination, error) {
	path, err := FindModel(name)
	if err != nil {
		return nil, err
	}
	m, err := LoadModel(ctx, path, models.LoadOptions{NoWeights: true}, around)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	return prompt.Examine(m.Facts(), m), nil
}
