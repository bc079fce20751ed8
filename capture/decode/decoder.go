package decode

import (
	"context"

	"intentprobe/hooks"
	"intentprobe/models"
)

// Decoder is what a run needs of a model's context; *models.Context is one. Its
// methods are called from one goroutine. Row numbers count the tokens of the
// last batch.
type Decoder interface {
	Options() models.ContextOptions
	SetPlan(*hooks.Plan) error
	Decode(context.Context, *models.Batch, models.Extent, []models.Target) error
	Score(row int, next models.Token) (logprob, entropy float32, err error)
	Logits(row int) ([]float32, error)
	Divergence(row int, base []float32) (float64, error)
	Sample(s *models.Sampler, row int) models.Token
	CopySequence(from, to int)
	TrimSequence(sequence, tokens int) bool
	RemoveSequence(sequence int)
	Clear()
}
