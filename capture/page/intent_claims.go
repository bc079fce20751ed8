package page

import (
	"fmt"

	"intentprobe/capture/intent"
	"intentprobe/capture/intent/ladder"
	"intentprobe/capture/probe/report"
)

// outcomeClass is the colour of an outcome.
func outcomeClass(o ladder.Outcome) string {
	return map[ladder.Outcome]string{ladder.Pass: "s0", ladder.Refuted: "s5", ladder.NoPower: "s2"}[o]
}

// rungsSection is the ladder in a table, a rung a row.
func rungsSection(r *intent.Report) section {
	t := &table{Head: []column{text("rung"), text(""), text("outcome"), number("claims that pass"), text("farthest from passing, or nearest to its margin")}}
	for _, rung := range r.Rungs {
		passed, nearest := 0, (*ladder.Claim)(nil)
		for i, c := range rung.Claims {
			if c.Outcome == ladder.Pass {
				passed++
			}
			if c.Outcome != ladder.NotRun && (nearest == nil || c.Room < nearest.Room) {
				nearest = &rung.Claims[i]
			}
		}
		row := words(fmt.Sprint(rung.Number), shown(rung.Name), string(rung.Outcome), "", shown(rung.Note))
		if len(rung.Claims) > 0 {
			row[3].Text = fmt.Sprintf("%d of %d", passed, len(rung.Claims))
		}
		if nearest != nil {
			row[4].Text = shown(fmt.Sprintf("%s: %s, %s", nearest.Name, claimText(*nearest), nearest.Asks))
		}
		if rung.Number == r.Verdict.Rung {
			row[1].Note = "decided"
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = append(t.Rows, words("9", "asked afterwards", "never scored", "", ""))
	return section{ID: "rungs", Title: "The ladder", Blocks: []block{{Table: t}}}
}

// claimText is a claim's figure with its bounds.
func claimText(c ladder.Claim) string {
	if c.Outcome == ladder.NotRun {
		return report.None
	}
	return fmt.Sprintf("%s [%s, %s]", report.Fixed(c.Value, 3), report.Fixed(c.Lower, 3), report.Fixed(c.Upper, 3))
}

// claimsSection has a figure for each rung with claims.
func claimsSection(r *intent.Report) section {
	s := section{ID: "claims", Title: "Claims", Blocks: []block{{Text: "A line goes from the lower to the upper bound, which are one-sided; small dots are families, the dashed mark is the margin that the line must clear. " +
		"Controls are hollow: what must leave room, stay as it is, or be understood for the others to count."}}}
	for _, rung := range r.Rungs {
		if len(rung.Claims) > 0 {
			id := fmt.Sprintf("rung-%d", rung.Number)
			s.Blocks = append(s.Blocks, block{Figures: []*figure{claimsFigure(id, fmt.Sprintf("Rung %d, %s: %s", rung.Number, rung.Name, rung.Outcome), rung.Claims, true)}})
		}
	}
	return s
}

// afterwardsSection shows what was asked afterwards.
func afterwardsSection(r *intent.Report) section {
	s := section{ID: "afterwards", Title: "Asked afterwards: never scored"}
	if len(r.Afterwards) > 0 {
		s.Blocks = []block{{Text: "What a model says of itself afterwards is said in another mode. These shares of \"yes, that was false\" are in no rung and in no rule."},
			{Figures: []*figure{claimsFigure("asked-afterwards", "Share of \"yes, that was false\"", r.Afterwards, false)}}}
	}
	return s
}

// claimsFigure draws claims, one a line. What is not scored has neither colour nor margin.
func claimsFigure(id, title string, claims []ladder.Claim, scored bool) *figure {
	const width, left, right, each, top, foot = 980.0, 330.0, 250.0, 24.0, 10.0, 30.0
	c := &canvas{width: width, height: top + each*float64(len(claims)) + foot}
	low := 0.0
	for _, claim := range claims {
		low = min(low, claim.Lower, claim.Value)
	}
	x := scale{max(-1, low), 1, left, width - right}
	bottom := top + each*float64(len(claims))
	ticks, decimals := x.ticks(8)
	for _, v := range ticks {
		c.line("grid", x.at(v), top, x.at(v), bottom)
		c.text("soft mid", x.at(v), bottom+18, report.Fixed(v, decimals))
	}
	t := &table{Head: []column{text("claim"), text("asks"), number("value"), number("lower"), number("upper"), number("n"), text("of"), text("outcome")}}
	passed := 0
	for i, claim := range claims {
		y := top + each*(float64(i)+0.5)
		outcome, class := string(claim.Outcome), outcomeClass(claim.Outcome)
		if claim.Outcome == ladder.Pass {
			passed++
		}
		if !scored {
			outcome, class = "not scored", ""
		}
		if class == "" {
			class = "s6"
		}
		c.text("", 10, y+4, middle(shown(claim.Name), 48))
		c.text("soft", width-right+14, y+4, middle(claimText(claim)+" "+outcome, 36))
		row := words(shown(claim.Name), shown(claim.Asks), report.None, report.None, report.None, fmt.Sprint(claim.N), claim.Unit, outcome)
		row[7].Note = shown(claim.Note)
		if claim.Control() {
			row[0].Note = "control"
		}
		if claim.Outcome != ladder.NotRun {
			row[2].Text, row[3].Text, row[4].Text = report.Fixed(claim.Value, 3), report.Fixed(claim.Lower, 3), report.Fixed(claim.Upper, 3)
			c.group("ser "+class, shown(fmt.Sprintf("%s\n%s, %d %s\nasks: %s\n%s", claim.Name, claimText(claim), claim.N, claim.Unit, claim.Asks, outcome)), func() { c.claim(claim, x, y, scored) })
		}
		t.Rows = append(t.Rows, row)
	}
	f := &figure{ID: id, Title: shown(title), Class: "wide", Table: t}
	desc := fmt.Sprintf("%d claims, of which %d pass.", len(claims), passed)
	if !scored {
		desc = fmt.Sprintf("%d shares, none of which is scored.", len(claims))
	}
	f.SVG = c.svg(id, f.Title, desc+" The table has every figure.")
	return f
}

// claim draws one: families, bounds, value and margin.
func (c *canvas) claim(of ladder.Claim, x scale, y float64, scored bool) {
	c.rect("hit", x.from, y-11, x.to-x.from, 22)
	for _, v := range of.Families {
		c.circle("family", x.at(v), y, 2.4)
	}
	c.line("span", x.at(of.Lower), y, x.at(of.Upper), y)
	if of.Control() || !scored {
		c.circle("hollow", x.at(of.Value), y, 4)
	} else {
		c.circle("dot", x.at(of.Value), y, 4)
	}
	if !scored {
		return
	}
	c.line("limit", x.at(of.Margin), y-10, x.at(of.Margin), y+10)
	if of.Equivalence() {
		c.line("limit", x.at(-of.Margin), y-10, x.at(-of.Margin), y+10)
	}
}
