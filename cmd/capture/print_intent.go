package main

import (
	"fmt"
	"io"

	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/models/phantom/intents"
)

// printLadder prints the verdict first, then every rung; of claims that pass, which are many,
// the one that is nearest to its margin.
func printLadder(w io.Writer, r *intent.Report) error {
	l, v := r.Ladder, r.Verdict
	say(w, "verdict: %s\n%s\n%s Rung %d decided.\n", v.Word, r.Sentence, v.Because, v.Rung)
	sayList(w, "what would change it", v.Change)
	say(w, "\n%d families, %d held out; declared in plan %s\n", l.Families, l.HeldOut, r.Declared[:16])
	sayList(w, "not as declared", r.Later)
	var rows [][]string
	for _, r := range l.Rungs {
		rows = append(rows, []string{fmt.Sprint(r.Number), r.Name, string(r.Outcome), "", "", "", r.Note})
		passed := 0
		for _, c := range r.Claims {
			if c.Outcome == ladder.Pass {
				passed++
				continue
			}
			rows = append(rows, claimRow(c))
		}
		if lowest := lowestOf(r.Claims); lowest != nil {
			row := claimRow(*lowest)
			row[6] = fmt.Sprintf("the nearest of %d that pass", passed)
			rows = append(rows, row)
		}
	}
	for i, c := range l.Afterwards {
		if i == 0 {
			rows = append(rows, []string{"9", "asked afterwards", "never scored", "", "", "", ""})
		}
		row := claimRow(c)
		row[2], row[3] = "", ""
		rows = append(rows, row)
	}
	say(w, "\n")
	return printTable(w, []string{"rung", "claim", "", "asks", "value", "bounds", ""}, rows)
}

func claimRow(c ladder.Claim) []string {
	if c.Outcome == ladder.NotRun {
		return []string{"", c.Name, string(c.Outcome), c.Asks, "", "", c.Note}
	}
	return []string{"", c.Name, string(c.Outcome), c.Asks, fmt.Sprintf("%.3f", c.Value), fmt.Sprintf("%.3f to %.3f", c.Lower, c.Upper), fmt.Sprintf("%d %s", c.N, c.Unit)}
}

// lowestOf is the claim that passes by the least.
func lowestOf(claims []ladder.Claim) (out *ladder.Claim) {
	for i, c := range claims {
		if c.Outcome == ladder.Pass && (out == nil || c.Room < out.Room) {
			out = &claims[i]
		}
	}
	return out
}

// printCalibration prints what the ladder said of the phantoms.
func printCalibration(w io.Writer, c *intent.Calibration) error {
	outcome := c.Outcome()
	say(w, "rung 0: %s (%s)\n\n", outcome.Outcome, outcome.Note)
	var rows [][]string
	for _, d := range c.Verdicts {
		note := "right"
		if !d.OK() {
			note = "WRONG: " + d.Because
		}
		rows = append(rows, []string{intents.Prefix + d.Phantom, d.Outcome, string(d.Got), ladder.Join(d.Right, " or "), note})
	}
	return printTable(w, []string{"phantom", "outcome", "verdict", "declared", ""}, rows)
}
