package verify

import "intentprobe/storage/rundir"

// scores checks that log-probability and entropy are where the spec asks for them;
// begins says that the row is the first token's of its sample.
func (c *rowCheck) scores(i int, at int64, phase int8, position int32, begins bool) {
	logprob, entropy := c.columns[atLogprob], c.columns[atEntropy]
	var asked bool
	switch c.spec.Capture.Logprobs {
	case "all":
		asked = true
	case "response":
		if phase == rundir.PhaseFollowup { // its question has none, its answer may
			return
		}
		asked = phase == rundir.PhaseResponse
	case "none":
	default:
		return
	}
	if has := !entropy.Null(i); has != asked {
		c.fault(at, "entropy", "is there: %v; with logprobs: %s it must be %v", has, c.spec.Capture.Logprobs, asked)
	}
	if begins && phase == rundir.PhaseFollowup { // what predicts it is its parent's
		return
	}
	if has, must := !logprob.Null(i), asked && position > 0; has != must {
		c.fault(at, "logprob", "is there: %v; with logprobs: %s it must be %v", has, c.spec.Capture.Logprobs, must)
	}
}

// place checks that the row is that of its sample and lies where it should, and says
// whether it is its first token's, or may be.
func (c *rowCheck) place(i int, at int64, phase int8, position int32) (begins bool) {
	if c.samples == nil {
		return true
	}
	for c.at < len(c.samples.ranges) && c.row >= c.samples.ranges[c.at].rows {
		c.at, c.row, c.last = c.at+1, 0, -1
	}
	id := c.columns[atSampleID].Int64(i)
	if c.at == len(c.samples.ranges) {
		c.fault(at, "sample_id", "is %d; the samples have no such row", id)
		return true
	}
	s := c.samples.ranges[c.at]
	if want := c.samples.first + int64(c.at); id != want {
		c.fault(at, "sample_id", "is %d; the row is of sample %d", id, want)
	}
	if want, ok := s.position(c.spec.Capture.Tokens, c.row); ok && int64(position) != want {
		c.fault(at, "position", "is %d; it must be %d", position, want)
	} else if position <= c.last {
		c.fault(at, "position", "is %d, behind %d", position, c.last)
	} else if c.spec.Capture.Tokens != "" && (int64(position) < int64(s.first) || int64(position) >= s.end()) {
		c.fault(at, "position", "is %d; the sample has those from %d to %d", position, s.first, s.end()-1)
	}
	if want := s.phase(position); phase != want && int(phase) < len(rundir.Phases) && phase >= 0 {
		c.fault(at, "phase", "is %s; position %d of %d and %d tokens is %s", rundir.Phases[phase], position, s.prompt, s.tokens()-int64(s.prompt), rundir.Phases[want])
	}
	switch generated := c.columns[atGenerated].Bool(i); {
	case generated && s.given:
		c.fault(at, "generated", "is true; the response was given")
	case generated && s.followup && !s.responds(position):
		c.fault(at, "generated", "is true; position %d was asked", position)
	}
	if stop := c.columns[atStop]; stop.Bytes != nil && stop.Bool(i) != s.stops(position) {
		c.fault(at, "stop", "is %v; the sample's last %d tokens are stop tokens", stop.Bool(i), s.stop)
	}
	c.last = position
	c.row++
	return position == s.first
}
