package rows

import (
	"intentprobe/capture/selection"
	"intentprobe/storage/rundir"
)

// chosenOf decides on the rows of a sample.
func chosenOf(s *rundir.Sample, rows []rundir.Row, tokens *selection.Selection) []bool {
	prompt, response := int(s.PromptTokens), int(s.PromptTokens+s.ResponseTokens)
	n := response + int(s.StopTokens)
	d := tokens.Start()
	decided := make([]bool, 0, n)
	next := func() {
		for x, ok := d.Next(); ok; x, ok = d.Next() {
			decided = append(decided, x)
		}
	}
	at := 0
	for i := range n {
		token := selection.Token{
			Position: int(s.FirstPosition) + i, Response: i >= prompt, First: i == prompt, Stop: i >= response,
		}
		if at < len(rows) && int(rows[at].Position) == token.Position {
			r := &rows[at]
			token.Role, token.Reasoning, token.Stop, token.Spans = rundir.Roles[r.Role], r.Reasoning, r.Stop, r.Spans
			token.Ends = i == response-1 && token.Response && token.Role == "template"
			at++
		}
		d.Push(&token)
		next()
	}
	d.End()
	next()
	out := make([]bool, len(rows))
	for i := range rows {
		if p := int(rows[i].Position - s.FirstPosition); p >= 0 && p < len(decided) {
			out[i] = decided[p]
		}
	}
	return out
}

// Selected says which rows of a sample, all that its run has, an expression of tokens
// chooses; all where it is empty. The error is a *hint.UsageError.
func Selected(s *rundir.Sample, rows []rundir.Row, tokens string) ([]bool, error) {
	expression, err := ParseTokens(tokens)
	if err != nil {
		return nil, err
	}
	if expression == nil {
		out := make([]bool, len(rows))
		for i := range out {
			out[i] = true
		}
		return out, nil
	}
	return chosenOf(s, rows, expression), nil
}
