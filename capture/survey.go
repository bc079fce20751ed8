package capture

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"unsafe"

	"intentprobe/hooks"
	"intentprobe/models"
)

// Surveyor is what Survey needs of a model's context; *models.Context is one.
type Surveyor interface {
	Options() models.ContextOptions
	Graph(context.Context, *models.Batch) (*hooks.Graph, error)
	SetPlan(*hooks.Plan) error
	Decode(context.Context, *models.Batch, models.Extent, []models.Target) error
	Logits(row int) ([]float32, error)
	Clear()
}

// surveyTokens is how many tokens are decoded to look at a model.
const surveyTokens = 4

// Survey finds the hook points of a model in the graphs that this context computes, and
// checks them on the model itself: in one short decode every point's tensor must hold
// finite values, and the identities of the residual stream must hold. Points that fail are
// not in the map, and its Absent says why. The graph of one token must hold the same nodes
// as that of several. Afterwards the context's cache is empty, and its plan is not the one
// that it had.
func Survey(ctx context.Context, e Surveyor, arch hooks.Arch, facts models.Facts, weights hooks.Weights) (*hooks.Map, []hooks.Identity, error) {
	defer e.Clear()
	n := min(surveyTokens, e.Options().MicroBatch)
	var batch models.Batch
	fill := func(tokens, outputs int) *models.Batch {
		e.Clear()
		batch.Reset()
		for i := range tokens {
			// Spread over the vocabulary: its first tokens may never have been trained.
			batch.Add(models.Token((2*i+1)*facts.Vocabulary/(2*n)), i, 0, i >= tokens-outputs)
		}
		return &batch
	}
	graph, err := e.Graph(ctx, fill(n, n/2))
	if err != nil {
		return nil, nil, err
	}
	m := hooks.Locate(graph, arch, facts.Layers, n, n/2)
	single, err := e.Graph(ctx, fill(1, 1))
	if err != nil {
		return nil, nil, err
	}
	if err := m.Matches(hooks.Locate(single, arch, facts.Layers, 1, 1)); err != nil {
		return nil, nil, err
	}
	found := slices.Clone(m.Points)
	plan := &hooks.Plan{Reads: slices.Concat(found, m.Read)}
	if err := e.SetPlan(plan); err != nil {
		return nil, nil, err
	}
	seen := newSighting(plan, n)
	defer seen.unpin()
	if err := e.Decode(ctx, fill(n, n), models.Extent{}, seen.targets); err != nil {
		return nil, nil, err
	}
	logits := make([][]float32, n)
	for i := range logits {
		row, err := e.Logits(i)
		if err != nil {
			return nil, nil, err
		}
		logits[i] = row
	}
	identities := m.Check(batch.Tokens, seen.values, weights, logits)
	m.Refuse(identities)
	for i, p := range found {
		if !seen.finite(i) {
			m.Drop(p.Point, fmt.Sprintf("graph tensor %q holds values that are not finite", p.Tensor))
		}
	}
	return m, identities, nil
}

// sighting is what one decode left at every point of a plan.
type sighting struct {
	plan    *hooks.Plan
	n       int
	memory  []float32 // column after column, as models.Target lays them out
	targets []models.Target
	pinner  runtime.Pinner
}

func newSighting(plan *hooks.Plan, n int) *sighting {
	s := &sighting{plan: plan, n: n}
	width := 0
	for _, p := range plan.Reads {
		width += p.Width()
	}
	s.memory = make([]float32, n*width)
	s.pinner.Pin(&s.memory[0])
	for i := range n {
		s.targets = append(s.targets, models.Target{Base: unsafe.Pointer(&s.memory[0]), Capacity: n, Row: i})
	}
	return s
}

func (s *sighting) unpin() { s.pinner.Unpin() }

// column views the values of point i of the plan, a row a token.
func (s *sighting) column(i int) [][]float32 {
	at := 0
	for _, p := range s.plan.Reads[:i] {
		at += p.Width() * s.n
	}
	rows, width := make([][]float32, s.n), s.plan.Reads[i].Width()
	for k := range rows {
		rows[k] = s.memory[at+k*width : at+(k+1)*width]
	}
	return rows
}

func (s *sighting) values(l hooks.Located) [][]float32 {
	for i, p := range s.plan.Reads {
		if p.Point == l.Point && p.Node == l.Node {
			return s.column(i)
		}
	}
	return nil
}

func (s *sighting) finite(i int) bool {
	for _, row := range s.column(i) {
		for _, x := range row {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return false
			}
		}
	}
	return true
}
