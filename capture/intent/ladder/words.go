package ladder

import "fmt"

// change says what would change the outcome of a rung.
func change(r *Rung) (out []string) {
	if r.Outcome == NotRun && len(r.Claims) == 0 {
		return []string{fmt.Sprintf("Rung %d was not run: %s.", r.Number, r.Note)}
	}
	for _, c := range r.Claims {
		switch c.Outcome {
		case NotRun:
			out = append(out, fmt.Sprintf("%s was not measured: %s.", c.Name, c.Note))
		case NoPower:
			if c.Enough > 0 {
				out = append(out, fmt.Sprintf("%s is %.3f (%.3f to %.3f): %d %s would do if it stayed so; there are %d.", c.Name, c.Value, c.Lower, c.Upper, c.Enough, c.Unit, c.N))
			} else {
				out = append(out, fmt.Sprintf("%s is %.3f (%.3f to %.3f), and no number of %s shows that it is %s if it stays so.", c.Name, c.Value, c.Lower, c.Upper, c.Unit, c.Asks))
			}
		}
	}
	return out
}
