package verify

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"intentprobe/storage/rundir"
)

// row checks a row of the batch beside its texts, and keeps its range.
func (c *sampleCheck) row(i int) {
	id := c.first + int64(i)
	if got := c.columns[colSampleID].Int64(i); got != id {
		c.fault(id, "sample_id", "is %d", got)
	}
	for _, v := range c.checks {
		if what := v.check(c.m, i); what != "" {
			c.fault(id, v.column, "%s", what)
		}
	}
	if n, values := c.texts.names[i], c.texts.alogprobs[i]; n != values {
		c.fault(id, "alternative_logprobs", "has %d values for %d alternatives", values, n)
	}
	s := sampleRange{
		rows: c.columns[colRows].Int64(i), given: c.texts.given[i], knowledge: c.texts.knowledge[i],
		first:  c.columns[colFirstPosition].Int32(i),
		prompt: c.columns[colPromptTokens].Int32(i), response: c.columns[colResponseTokens].Int32(i),
		stop: c.columns[colStopTokens].Int32Or(0, i), stopped: c.texts.stopped[i], arm: noArm, edited: -1,
	}
	prompt := c.prompt(i)
	s.prompts = promptKey(prompt)
	s.followup = c.texts.followups[i] != ""
	c.family(i, id, prompt, s)
	if s.prompt < 0 || s.response < 0 {
		c.fault(id, "prompt_tokens", "and response_tokens are %d and %d", s.prompt, s.response)
	}
	if s.stop < 0 || s.stop > 0 && !s.stopped {
		c.fault(id, "stop_tokens", "is %d; the response ended otherwise than by a stop text", s.stop)
	}
	if at := c.columns[colFirstRow].Int64(i); at != c.next {
		c.fault(id, "first_row", "is %d; the sample before ends at %d", at, c.next)
	}
	c.rows(id, s)
	c.next += max(s.rows, 0)
	c.table.ranges = append(c.table.ranges, s)
}

// rows checks how many rows a sample has.
func (c *sampleCheck) rows(id int64, s sampleRange) {
	tokens := c.spec.Capture.Tokens
	n, known := s.expected(tokens)
	switch {
	case c.spec.noRows() && s.rows != 0:
		c.fault(id, "rows", "is %d; with rows: false it must be 0", s.rows)
	case c.spec.noRows():
	case s.rows < 0 || known && s.rows != n:
		c.fault(id, "rows", "is %d; with tokens: %s it must be %d", s.rows, tokens, n)
	case tokens != "" && s.rows > s.tokens():
		c.fault(id, "rows", "is %d; the sample has %d tokens", s.rows, s.tokens())
	}
}

// family checks that a follow-up goes on from the sample that it names, which comes
// before it in its group; no other sample has a parent.
func (c *sampleCheck) family(i int, id int64, prompt []byte, s sampleRange) {
	parent := c.columns[colParent]
	if !parent.Null(i) && (parent.Int64(i) < 0 || parent.Int64(i) >= id) {
		c.fault(id, "parent_sample_id", "is %d, which comes not before", parent.Int64(i))
		return
	}
	if s.followup == parent.Null(i) {
		c.fault(id, "followup", "is there: %v; parent_sample_id is there: %v", s.followup, !parent.Null(i))
		return
	}
	if !s.followup {
		if s.first != 0 {
			c.fault(id, "first_position", "is %d; it must be 0 where nothing is followed up", s.first)
		}
		return
	}
	at := parent.Int64(i) - c.table.first
	if at < 0 {
		c.fault(id, "parent_sample_id", "is %d, of another group", parent.Int64(i))
		return
	}
	p := c.table.ranges[at]
	if end := int64(p.first) + p.answered(); int64(s.first) != end {
		c.fault(id, "first_position", "is %d; the response of sample %d ends at %d", s.first, parent.Int64(i), end)
	}
	of, ok := bytes.CutSuffix(prompt, []byte("/"+c.texts.followups[i]))
	if !ok || promptKey(of) != p.prompts {
		c.fault(id, "prompt_id", "is %q; it must be that of sample %d, and /%s", prompt, parent.Int64(i), c.texts.followups[i])
	}
}

// prompt is the id of a row's prompt.
func (c *sampleCheck) prompt(i int) []byte {
	from := 0
	if i > 0 {
		from = c.texts.ends[i-1]
	}
	return c.texts.ids[from:c.texts.ends[i]]
}

// promptKey stands for a prompt's id, as a promptSample does for one with a number.
func promptKey(prompt []byte) promptSample {
	sum := sha256.Sum256(prompt)
	return promptSample(sum[:16])
}

// identity checks that no other sample has the same prompt, number and arm, and that
// the seed is made of prompt and number alone.
func (c *sampleCheck) identity(i int, id int64) {
	n, prompt, arm := c.columns[colSample].Int32(i), c.prompt(i), ""
	text := fmt.Appendf(nil, "%d\x00%s", n, prompt)
	sum := sha256.Sum256(text)
	key := promptSample(sum[:16])
	c.sameSeeds(i, id, key)
	if name := c.texts.arms[i]; name != nil {
		arm = fmt.Sprintf(" in the arm %s", *name)
		sum = sha256.Sum256(fmt.Appendf(text, "\x00%s", *name))
		key = promptSample(sum[:16])
	}
	if _, ok := c.prompts[key]; ok {
		c.fault(id, "sample", "sample %d of prompt %q is there twice%s", n, prompt, arm)
	}
	c.prompts[key] = struct{}{}
	seed := c.columns[colSeed]
	if run := c.spec.Generate.Seed; run != nil && !seed.Null(i) {
		if want := rundir.SampleSeed(*run, prompt, n); seed.Int64(i) != want {
			c.fault(id, "seed", "is %d; it must be %d", seed.Int64(i), want)
		}
	}
}
