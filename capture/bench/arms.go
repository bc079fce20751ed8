package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode"

	"intentprobe/capture/arm"
	"intentprobe/capture/plan"
	"intentprobe/capture/selection"
	"intentprobe/capture/spec"
	"intentprobe/hooks"
	"intentprobe/models"
)

// How much work the comparisons of arms do.
const (
	editedTogether = 16 // samples of one batch with an edit each
	armsOfSweep    = 24 // with none
)

// Edits compares decoding under interventions with the same captured and not edited: an
// add in one block, an add in every block, and samples of one batch that are edited in a
// block and along a vector of their own each.
func (m *Model) Edits(ctx context.Context, tell func(Timing)) error {
	one, all := m.spec([]string{"resid_post:50%"}, m.decode), m.spec([]string{"resid_post"}, m.decode)
	many := m.spec([]string{"resid_post"}, m.decode/8)
	many.Engine.Batch = editedTogether
	for _, c := range []struct {
		name string
		s    spec.Spec
		n    int // samples
	}{{"decode, add in one block", one, 1}, {"decode, add in every block", all, 1}, {"16 samples, 16 edits", many, editedTogether}} {
		if c.n > 1 && m.OneAtATime() {
			continue
		}
		tokens := "all"
		if c.n > 1 { // so that both ways decode the beginning of their one prompt once
			tokens = "prompt[-1] | response"
		}
		arms, err := m.adds(c.s, c.n, tokens)
		if err != nil {
			return err
		}
		edited, err := m.wayUnder(ctx, c.s, arms, m.prompt)
		if err != nil {
			return err
		}
		defer edited.close()
		edited.plan = onlyIn(edited.plan, func(a *arm.Arm) bool { return a.Kind != arm.None })
		plain := c.s
		plain.Generate.Samples = c.n
		captured, err := m.way(ctx, plain, m.prompt)
		if err != nil {
			return err
		}
		defer captured.close()
		t, err := m.timing(c.name, "captured", "edited", c.n*c.s.Generate.MaxTokens,
			func() error { return captured.captured(ctx) }, func() error { return edited.captured(ctx) })
		if err != nil {
			return err
		}
		tell(t)
	}
	return nil
}

// Arms compares a run of statements in 24 arms, each an add at the last token of the
// prompt, with 24 runs of one arm each, which need no distribution to hold theirs against.
// It does so with two options scored after each statement, and with a token drawn there
// as well. Rates are in statements and arms: tokens that are decoded once for all arms
// count in each.
func (m *Model) Arms(ctx context.Context, statements int, tell func(Timing)) error {
	var prompts [][]models.Token
	tokens := 0
	for i := range statements {
		text := fmt.Sprintf("The number %d is larger than the number %d. This statement is:", 100+i*37%900, 100+i*91%900)
		prompt, err := tokenize(m.model, text)
		if err != nil {
			return err
		}
		prompts = append(prompts, prompt)
		tokens += armsOfSweep * len(prompt)
	}
	options, err := m.options()
	if err != nil {
		return err
	}
	for _, drawn := range []int{0, 1} {
		s := m.spec([]string{"resid_post:50%"}, drawn)
		s.Engine.Batch = 0
		if m.OneAtATime() {
			s.Engine.Batch = 1
		}
		s.Capture.Tokens = "prompt[-1]"
		s.Alternatives = []spec.Alternatives{{Name: "truth", Options: options}}
		name := fmt.Sprintf("%d statements, %d arms", statements, armsOfSweep)
		if drawn > 0 {
			name += ", 1 token"
		}
		t, err := m.sweep(ctx, name, tokens, s, prompts)
		if err != nil {
			return err
		}
		tell(t)
	}
	return nil
}

// options gives two words of one token each.
func (m *Model) options() (out []string, err error) {
	for t := range models.Token(m.model.Facts().Vocabulary) {
		text := strings.TrimSpace(string(m.model.Piece(t, false)))
		if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) >= 0 || text == "" {
			continue
		}
		if tokens, err := m.model.Tokenize(text, false); err != nil || len(tokens) != 1 || tokens[0] != t {
			continue
		}
		if out = append(out, text); len(out) == 2 {
			return out, nil
		}
	}
	return nil, errors.New("bench: the model has no two tokens that are letters alone")
}

// sweep compares all arms in a run with one run for each.
func (m *Model) sweep(ctx context.Context, name string, tokens int, s spec.Spec, prompts [][]models.Token) (Timing, error) {
	arms, err := m.adds(s, armsOfSweep-1, "prompt[-1]")
	if err != nil {
		return Timing{}, err
	}
	together, err := m.wayUnder(ctx, s, arms, prompts...)
	if err != nil {
		return Timing{}, err
	}
	defer together.close()
	var single []*plan.Prepared
	for i := range arms.Arms {
		single = append(single, onlyIn(together.plan, func(a *arm.Arm) bool { return a == &arms.Arms[i] }))
	}
	alone, err := m.open(ctx, single[0])
	if err != nil {
		return Timing{}, err
	}
	defer alone.close()
	return m.timing(name, "single runs", "arms", tokens, func() error {
		for _, alone.plan = range single {
			if err := alone.captured(ctx); err != nil {
				return err
			}
		}
		return nil
	}, func() error { return together.captured(ctx) })
}

// adds gives the arm none and so many more: a single one adds a vector at every captured
// point, several one each, at these points in turn.
func (m *Model) adds(s spec.Spec, n int, tokens string) (*arm.Set, error) {
	points, err := m.hooks.Select(s.Capture.Hooks)
	if err != nil {
		return nil, err
	}
	of, err := selection.Parse(tokens)
	if err != nil {
		return nil, err
	}
	set := &arm.Set{Arms: []arm.Arm{{Name: arm.None, Kind: arm.None}}}
	for i := range n {
		name := fmt.Sprintf("add%d", i)
		part := arm.Part{Name: name, Tokens: of, Do: "add"}
		for k, at := range points {
			if n > 1 && k != i%len(points) {
				continue
			}
			part.Edits, part.Points = append(part.Edits, len(set.Edits)), append(part.Points, at.Point)
			set.Edits = append(set.Edits, hooks.Edit{Located: at, Name: name, Op: hooks.EditAdd, Floats: at.Width(), Vector: noise(at.Width(), uint64(len(set.Edits))), Factor: 1e-2})
		}
		set.Arms = append(set.Arms, arm.Arm{Name: name, Kind: arm.Edit, Parts: []arm.Part{part}})
	}
	return set, nil
}

// noise draws a vector.
func noise(n int, seed uint64) []float32 {
	draw, out := rand.New(rand.NewPCG(seed, 0)), make([]float32, n)
	for i := range out {
		out[i] = float32(draw.NormFloat64())
	}
	return out
}

// onlyIn gives a plan of the samples in some arms, which are held against no others.
func onlyIn(p *plan.Prepared, wanted func(*arm.Arm) bool) *plan.Prepared {
	out := *p
	out.Jobs, out.Unit = nil, out.FamilySize
	for _, j := range p.Jobs {
		if wanted(j.Arm) {
			j.Base = -1
			out.Jobs = append(out.Jobs, j)
		}
	}
	return &out
}
