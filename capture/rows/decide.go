package rows

import (
	"encoding/json"
	"fmt"
	"slices"

	"intentprobe/capture/hint"
	"intentprobe/capture/selection"
	"intentprobe/storage/rundir"
)

// decider chooses among the rows of a run's samples as capture.tokens does while a model
// runs.
type decider struct {
	run    string
	tokens *selection.Selection // the expression
	wrote  *selection.Selection // that of the run; nil where it is not known
	ends   map[int32]bool       // the tokens that end a generation; nil where they are not known
}

func newDecider(run *rundir.Run, tokens *selection.Selection) *decider {
	d := &decider{run: run.Dir, tokens: tokens}
	var spec struct {
		Capture struct {
			Tokens string `json:"tokens"`
		} `json:"capture"`
	}
	if json.Unmarshal(run.Manifest.Spec, &spec) == nil {
		d.wrote, _ = ParseTokens(spec.Capture.Tokens) // it was checked before the run
	}
	if listed := run.Manifest.Model.EndTokens; listed != nil {
		d.ends = make(map[int32]bool, len(listed))
		for _, t := range listed {
			d.ends[t] = true
		}
	}
	return d
}

// of decides on the rows of a sample. Of a token that has no row only the place is known:
// where the choice depends on more, the error is a *hint.UsageError that names the sample.
func (d *decider) of(s *rundir.Sample, rows []rundir.Row) ([]bool, error) {
	known := d.known(s, rows)
	out, same := known.settle(d.tokens, d.wroteOf(s))
	if !same {
		at := fmt.Sprintf("%s, sample %d: which rows the tokens %q choose depends on ", d.run, s.SampleID, d.tokens)
		if d.ends == nil && !known.lacksRows {
			return nil, hint.Usage(fmt.Errorf("%swhich tokens end an answer, and the run does not say it", at), "it was written by an older version: capture it again, or choose by place, as response[:-1]")
		}
		return nil, hint.Usage(fmt.Errorf("%stokens that have no row in the run", at), "leave out the tokens, which takes all rows that the run has, or capture it again with all rows")
	}
	chosen := make([]bool, len(rows))
	for i := range rows {
		if p := int(rows[i].Position - s.FirstPosition); p >= 0 && p < len(out) {
			chosen[i] = out[p]
		}
	}
	return chosen, nil
}

// wroteOf is the expression by which the rows of a sample were written; nil where it is not
// known.
func (d *decider) wroteOf(s *rundir.Sample) *selection.Selection {
	if s.ParentSampleID != nil { // a follow-up has its own
		return nil
	}
	return d.wrote
}

// known says what the run says of a sample's tokens.
func (d *decider) known(s *rundir.Sample, rows []rundir.Row) *knowledge {
	prompt, response := int(s.PromptTokens), int(s.PromptTokens+s.ResponseTokens)
	n := response + int(s.StopTokens)
	k := &knowledge{tokens: make([]selection.Token, n), hasRow: make([]bool, n), last: -1}
	at := 0
	for i := range n {
		k.tokens[i] = selection.Token{
			Position: int(s.FirstPosition) + i, Response: i >= prompt, First: i == prompt, Stop: i >= response,
		}
		t := &k.tokens[i]
		// Whether an answer was sampled or given, no token but its last one ends it.
		mayEnd := t.Response && i == n-1 && (s.FinishReason == given || s.FinishReason == stopped)
		if at < len(rows) && int(rows[at].Position) == t.Position {
			r := &rows[at]
			t.Role, t.Reasoning, t.Stop, t.Spans = rundir.Roles[r.Role], r.Reasoning, r.Stop, r.Spans
			if d.ends != nil {
				t.Ends, mayEnd = t.Response && d.ends[r.TokenID], false
			}
			k.hasRow[i] = true
			at++
		}
		k.lacksRows = k.lacksRows || !k.hasRow[i]
		if mayEnd && !t.Stop {
			k.last = i
		}
	}
	return k
}

// What samples.finish_reason says.
const (
	given   = "given"
	stopped = "stop"
)

// Selected says which rows of a sample, all that its run has, an expression of tokens
// chooses; all where it is empty. The error is a *hint.UsageError.
func Selected(run *rundir.Run, s *rundir.Sample, rows []rundir.Row, tokens string) ([]bool, error) {
	expression, err := ParseTokens(tokens)
	if err != nil {
		return nil, err
	}
	if expression == nil {
		return slices.Repeat([]bool{true}, len(rows)), nil
	}
	return newDecider(run, expression).of(s, rows)
}
