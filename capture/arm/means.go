package arm

import (
	"context"

	"intentprobe/capture/spec"
	"intentprobe/capture/vector"
	"intentprobe/hooks"
)

// RunMeans averages rows of runs, by [vector.Mean]: each sample counts once.
func RunMeans(ctx context.Context) Means {
	return func(m spec.Mean, folder string, at hooks.Point) (*vector.Direction, *vector.Meta, error) {
		made, err := vector.Mean(ctx, folder, vector.Options{Label: m.Label, Positive: m.Value, Tokens: m.Tokens, Points: []string{at.String()}})
		if err != nil {
			return nil, nil, err
		}
		return made.Directions[0], &made.Meta, nil
	}
}
