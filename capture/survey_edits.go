package capture

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"unsafe"

	"intentprobe/capture/hint"
	"intentprobe/hooks"
	"intentprobe/models"
)

// UnwritableError says that a point cannot be edited in this model, or not as it should be.
type UnwritableError struct {
	Point hooks.Point
	Why   string
}

func (e *UnwritableError) Error() string {
	return fmt.Sprintf("hook point %q cannot be edited in this model: %s", e.Point, e.Why)
}

// Each sequence of the survey has a token before the edited one and one after it.
const (
	editedToken  = 1
	tokensEdited = 3
)

// mostSeen is how many bytes of activations one decode of the survey looks at, about.
const mostSeen = 256 << 20

// SurveyEdits checks on the model that points can be edited: noise is added to one token's
// row at each, in a sequence of its own. What was computed before, the tokens before, and
// the queries, keys and values beside an edited one must keep their bits (on devices, and
// where there are experts, be near); something later must change; and the identities of the residual stream
// must hold of the edited values, but for the one whose result was edited. The error is an
// *UnwritableError, within a hint, or the engine's. Afterwards the context's cache is
// empty, and its plan is not the one that it had.
func SurveyEdits(ctx context.Context, e Surveyor, m *hooks.Map, edits []hooks.Edit, facts models.Facts, weights hooks.Weights, exact bool) error {
	var points []hooks.Located
	for i := range edits {
		at := edits[i].Located
		if op := edits[i].Op; op != hooks.EditKeep && op != hooks.EditScore && !slices.ContainsFunc(points, func(l hooks.Located) bool { return l.Point == at.Point }) {
			points = append(points, at)
		}
	}
	if len(points) == 0 {
		return nil
	}
	defer e.Clear()
	// Which tokens an expert computes together depends on all of them, and so may last bits.
	experts := slices.ContainsFunc(m.Points, func(l hooks.Located) bool { return l.Site == hooks.RouterLogits })
	s := &editSurvey{e: e, m: m, weights: weights, exact: exact && !experts, vocabulary: facts.Vocabulary, reads: readsAround(m, points)}
	width := 0
	for _, l := range s.reads {
		width += l.Width()
	}
	atOnce := min(e.Options().Sequences, e.Options().MicroBatch/tokensEdited, max(1, mostSeen/(4*width*tokensEdited)))
	if facts.Recurrent {
		atOnce = 1
	}
	if atOnce < 1 {
		return fmt.Errorf("a micro-batch of %d tokens is too small to check edits", e.Options().MicroBatch)
	}
	for some := range slices.Chunk(points, atOnce) {
		if err := s.check(ctx, some); err != nil {
			return hint.Usage(err, "edit another point; ", hint.Command{"hooks", "MODEL"}, " shows the points of a model")
		}
	}
	return nil
}

// readsAround lists what is looked at: the residual stream, what is added to it, and what
// lies beside the edited points.
func readsAround(m *hooks.Map, points []hooks.Located) (out []hooks.Located) {
	stream := []hooks.Site{hooks.Embed, hooks.ResidPre, hooks.ResidMid, hooks.ResidPost, hooks.AttnOut, hooks.MixerOut, hooks.MLPOut, hooks.PerLayerOut, hooks.FinalNorm}
	for _, l := range m.Points {
		beside := slices.ContainsFunc(points, func(p hooks.Located) bool {
			return p.Point == l.Point || isQKV(p.Site) && isQKV(l.Site) && p.Layer == l.Layer
		})
		if beside || slices.Contains(stream, l.Site) {
			out = append(out, l)
		}
	}
	return append(out, m.Read...)
}

func isQKV(s hooks.Site) bool { return s == hooks.Q || s == hooks.K || s == hooks.V }

// editSurvey decodes the same tokens with and without edits.
type editSurvey struct {
	e          Surveyor
	m          *hooks.Map
	weights    hooks.Weights
	exact      bool
	vocabulary int
	reads      []hooks.Located
}

// check edits one token at each of these points.
func (s *editSurvey) check(ctx context.Context, points []hooks.Located) error {
	plan := &hooks.Plan{Reads: s.reads}
	for i, at := range points {
		plan.Edits = append(plan.Edits, hooks.Edit{
			Located: at, Name: "check", Op: hooks.EditAdd, Floats: at.Width(), Vector: direction(at.Width(), uint64(i)), Factor: 0.5, Relative: true,
		})
	}
	if err := s.e.SetPlan(plan); err != nil {
		return err
	}
	before, err := s.decode(ctx, plan, false)
	if err != nil {
		return err
	}
	defer before.seen.unpin()
	after, err := s.decode(ctx, plan, true)
	if err != nil {
		return err
	}
	defer after.seen.unpin()
	for i := range points {
		if why := s.compare(plan, i, before, after); why != "" {
			return &UnwritableError{points[i].Point, why}
		}
	}
	return nil
}

// direction is noise of norm 1, the same one each time.
func direction(n int, seed uint64) []float32 {
	r, out, square := rand.New(rand.NewPCG(seed, 0)), make([]float32, n), 0.0
	for i := range out {
		x := r.NormFloat64()
		out[i] = float32(x)
		square += x * x
	}
	for i := range out {
		out[i] /= float32(math.Sqrt(square))
	}
	return out
}

// looked is what a decode of the survey left.
type looked struct {
	batch  models.Batch
	seen   *sighting
	logits [][]float32
}

// decode decodes a sequence for each edit of the plan, and applies them where asked to.
func (s *editSurvey) decode(ctx context.Context, plan *hooks.Plan, edit bool) (*looked, error) {
	s.e.Clear()
	out := &looked{}
	n := len(plan.Edits) * tokensEdited
	for k := range plan.Edits {
		for i := range tokensEdited {
			out.batch.Add(models.Token((2*i+1)*s.vocabulary/(2*tokensEdited)), i, k, true)
		}
		if edit {
			out.batch.Edits = append(out.batch.Edits, models.Application{Edit: k, Token: k*tokensEdited + editedToken})
		}
	}
	out.seen = newSighting(plan, n)
	if err := s.e.Decode(ctx, &out.batch, models.Extent{}, out.seen.targets); err != nil {
		out.seen.unpin()
		return nil, err
	}
	for i := range n {
		row, err := s.e.Logits(i)
		if err != nil {
			out.seen.unpin()
			return nil, err
		}
		out.logits = append(out.logits, slices.Clone(row))
	}
	return out, nil
}

// same says whether two rows are the same, as far as that can be asked of where the model
// lies.
func (s *editSurvey) same(x, y []float32) bool {
	if s.exact {
		raw := func(v []float32) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*len(v)) }
		return bytes.Equal(raw(x), raw(y))
	}
	return distanceOf(x, y) <= 1e-4
}

// distanceOf is the Euclidean distance of two rows, relative to the second's norm.
func distanceOf(x, y []float32) float64 {
	d, norm := 0.0, 0.0
	for i := range x {
		d += (float64(x[i]) - float64(y[i])) * (float64(x[i]) - float64(y[i]))
		norm += float64(y[i]) * float64(y[i])
	}
	if d == 0 {
		return 0
	}
	return math.Sqrt(d / norm)
}

// compare says what is wrong with edit k of the plan, empty for nothing.
func (s *editSurvey) compare(plan *hooks.Plan, k int, before, after *looked) string {
	e, first := &plan.Edits[k], k*tokensEdited
	changed := false
	for c, l := range s.reads {
		was, is := before.seen.column(c)[first:first+tokensEdited], after.seen.column(c)[first:first+tokensEdited]
		if l.Node == e.Node {
			if l.Point == e.Point {
				want := slices.Clone(was[editedToken])
				norm := math.Sqrt(dot(want, want))
				for i, v := range e.Vector {
					want[i] += float32(norm * float64(e.Factor) * float64(v))
				}
				if d := distanceOf(is[editedToken], want); !(d <= 1e-4) {
					return fmt.Sprintf("what was written is not there: it is off by %.2g", d)
				}
			}
			continue
		}
		beside := isQKV(e.Site) && isQKV(l.Site) && l.Layer == e.Layer
		for token := range was {
			if s.same(is[token], was[token]) {
				continue
			}
			if token < editedToken || l.Node < e.Node || beside {
				return fmt.Sprintf("%s of another token, an earlier point or a neighbour (%s) changes as well", l.Point, map[bool]string{true: "a view of the same memory", false: "token " + fmt.Sprint(token)}[beside])
			}
			changed = true
		}
	}
	for token := range tokensEdited {
		if !s.same(after.logits[first+token], before.logits[first+token]) {
			if token < editedToken {
				return "the logits of an earlier token change as well"
			}
			changed = true
		}
	}
	if !changed {
		return "an edit has no effect on anything that is computed later"
	}
	return s.identities(e, before, after, first)
}

func dot(x, y []float32) (sum float64) {
	for i := range x {
		sum += float64(x[i]) * float64(y[i])
	}
	return sum
}

// identities computes the equations of the residual stream from the edited values; those
// that hold without edits must.
func (s *editSurvey) identities(e *hooks.Edit, before, after *looked, first int) string {
	check := func(of *looked) []hooks.Identity {
		rows := func(l hooks.Located) [][]float32 {
			if all := of.seen.values(l); all != nil {
				return all[first : first+tokensEdited]
			}
			return nil
		}
		return s.m.Check(of.batch.Tokens[first:first+tokensEdited], rows, s.weights, of.logits[first:first+tokensEdited])
	}
	for i, id := range check(after) {
		if id.Holds() {
			continue
		}
		if result, ok := s.m.Find(id.Result); ok && result.Node == e.Node || !check(before)[i].Holds() {
			continue
		}
		return fmt.Sprintf("with an edit in place, %s", id)
	}
	return ""
}
