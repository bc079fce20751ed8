package capture

import (
	"context"
	"math"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"intentprobe/hooks"
	"intentprobe/models"
)

// editsAt makes an edit of every point that can be edited.
func editsAt(m *hooks.Map) (out []hooks.Edit) {
	for _, l := range m.Points {
		if l.Site != hooks.Logits && l.Site != hooks.Pattern {
			out = append(out, hooks.Edit{Located: l, Op: hooks.EditAdd, Floats: l.Width()})
		}
	}
	return out
}

// editable loads a model whose points are to be edited.
func editable(t *testing.T, path string) (*models.Model, *models.Context, *hooks.Map, *modelWeights) {
	m, err := models.Load(t.Context(), path, models.LoadOptions{})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	e, err := m.NewContext(models.ContextOptions{Tokens: 256, Sequences: 8, MicroBatch: 64, Threads: 1, KVType: "f32"})
	require.NoError(t, err)
	t.Cleanup(e.Close)
	points, _, err := SurveyContext(t.Context(), e, m.Facts())
	require.NoError(t, err)
	weights := newModelWeights(m.Facts())
	t.Cleanup(weights.close)
	return m, e, points, weights
}

// Every point that a tiny model offers can be edited, and the check says so; where the
// graph is another than the map says, it does not.
func TestPointsCanBeEdited(t *testing.T) {
	archs := []string{"llama", "gemma2", "phi3", "gpt2", "falcon", "qwen35moe", "mamba", "olmo2", "gemma4"}
	paths := tinyModels(t)
	if !testing.Short() {
		archs = nil
		for _, path := range paths {
			archs = append(archs, tinyName(path))
		}
	}
	for _, arch := range archs {
		m, e, points, weights := editable(t, paths[slices.IndexFunc(paths, func(p string) bool { return tinyName(p) == arch })])
		for _, edit := range editsAt(points) {
			err := SurveyEdits(t.Context(), e, points, []hooks.Edit{edit}, m.Facts(), weights, true)
			assert.NoError(t, err, "%s: %s", arch, edit.Point)
		}
		assert.NoError(t, SurveyEdits(t.Context(), e, points, editsAt(points), m.Facts(), weights, true), "all at once")
		assert.NoError(t, SurveyEdits(t.Context(), e, points, nil, m.Facts(), weights, true))
	}
}

// faultySurveyor does other things with edits than it should.
type faultySurveyor struct {
	Surveyor
	plan   *hooks.Plan
	change func(b *models.Batch) // before a decode
	write  bool                  // edits reach what is copied of their own point, and nothing else
	final  bool                  // and of the final norm
}

func (f *faultySurveyor) SetPlan(p *hooks.Plan) error {
	f.plan = p
	return f.Surveyor.SetPlan(p)
}

func (f *faultySurveyor) Decode(ctx context.Context, b *models.Batch, extent models.Extent, targets []models.Target) error {
	edits := slices.Clone(b.Edits)
	f.change(b)
	if err := f.Surveyor.Decode(ctx, b, extent, targets); err != nil || !f.write {
		return err
	}
	for _, a := range edits {
		e, before, at := &f.plan.Edits[a.Edit], 0, targets[a.Token]
		for _, l := range f.plan.Reads {
			if l.Point == e.Point || f.final && l.Site == hooks.FinalNorm {
				row := unsafe.Slice((*float32)(unsafe.Add(at.Base, 4*(at.Capacity*before+at.Row*l.Width()))), l.Width())
				norm := math.Sqrt(dot(row, row))
				for i, v := range e.Vector[:len(row)] {
					row[i] += float32(norm * float64(e.Factor) * float64(v))
				}
			}
			before += l.Width()
		}
	}
	return nil
}

// A point at which writing goes wrong is refused by its name, with the reason.
func TestPointsThatCannotBeEdited(t *testing.T) {
	m, e, points, weights := editable(t, tinyLlama(t))
	find := func(s hooks.Site) hooks.Located {
		l, ok := points.Find(hooks.Point{Site: s})
		require.True(t, ok)
		return l
	}
	refused := func(s Surveyor, at hooks.Located, why string) {
		t.Helper()
		edit := hooks.Edit{Located: at, Op: hooks.EditAdd, Floats: at.Width()}
		moved := *points
		moved.Points = slices.Clone(points.Points)
		for i := range moved.Points {
			if moved.Points[i].Point == at.Point {
				moved.Points[i] = at
			}
		}
		err := SurveyEdits(t.Context(), s, &moved, []hooks.Edit{edit}, m.Facts(), weights, true)
		var unwritable *UnwritableError
		require.ErrorAs(t, err, &unwritable)
		assert.Equal(t, at.Point, unwritable.Point)
		assert.Contains(t, err.Error(), why)
	}
	forget := func(b *models.Batch) { b.Edits = nil }
	refused(&faultySurveyor{Surveyor: e, change: forget}, find(hooks.ResidPost), "what was written is not there")
	refused(&faultySurveyor{Surveyor: e, change: forget, write: true}, find(hooks.ResidPost), "no effect")
	refused(&faultySurveyor{Surveyor: e, change: func(b *models.Batch) {
		for _, a := range slices.Clone(b.Edits) {
			b.Edits = append(b.Edits, models.Application{Edit: a.Edit, Token: a.Token - editedToken})
		}
	}}, find(hooks.AttnOut), "earlier point")
	refused(&faultySurveyor{Surveyor: e, change: forget, write: true, final: true}, find(hooks.AttnOut), "with an edit in place, block 0: resid_pre + attn_out = resid_mid")
	assert.Error(t, SurveyEdits(t.Context(), &faultySurveyor{Surveyor: e, change: forget}, points, editsAt(points), m.Facts(), weights, true))
}
