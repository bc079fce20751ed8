package verify

import "intentprobe/storage/rundir"

// sampleRange is what the samples table says of the rows of a sample.
type sampleRange struct {
	rows             int64
	first            int32 // position
	prompt, response int32
	stop             int32 // tokens after the response, of the stop text
	given            bool
	stopped          bool // finish_reason is stop
	followup         bool
	knowledge        bool
	prompts          promptSample // stands for its prompt's id
	arm              int          // of the manifest's list, noArm or otherArm
	edited           int32        // tokens; -1 where nothing says
	changed          int32        // rows, as their column edited has it
	pooled           []float32    // scores of probes over the response, as the samples have them
	scores           []pooled     // likewise, as the rows give them; nil where there is none
}

// tokens is how many the sample has, those before its first not counted.
func (s sampleRange) tokens() int64 { return s.answered() + int64(s.stop) }

// answered is how many there are up to the end of the response.
func (s sampleRange) answered() int64 { return int64(s.prompt) + int64(s.response) }

// end is the position after the sample's last token.
func (s sampleRange) end() int64 { return int64(s.first) + s.tokens() }

// plain says whether capture.tokens selects of this sample by itself, without what
// is not known here: spans, roles, or another expression for knowledge.
func (s sampleRange) plain() bool { return !s.followup && !s.knowledge }

// expected is how many rows the sample has; false where that is not known.
func (s sampleRange) expected(tokens string) (int64, bool) {
	if !s.plain() {
		return 0, false
	}
	switch tokens {
	case "all":
		return s.tokens(), true
	case "prompt":
		return int64(s.prompt), true
	case "response":
		return int64(s.response), true
	case "last":
		return min(1, s.tokens()), true
	}
	return 0, false
}

// position is that of the n-th row of the sample; false where it is not known.
func (s sampleRange) position(tokens string, n int64) (int64, bool) {
	if !s.plain() {
		return 0, false
	}
	switch tokens {
	case "all", "prompt":
		return n, true
	case "response":
		return int64(s.prompt) + n, true
	case "last":
		return s.tokens() - 1, true
	}
	return 0, false
}

// phase is the code that a position has.
func (s sampleRange) phase(position int32) int8 {
	switch p := int64(position); {
	case s.followup:
		return rundir.PhaseFollowup
	case p < int64(s.prompt):
		return rundir.PhasePrompt
	case p < s.tokens():
		return rundir.PhaseResponse
	}
	return rundir.PhaseFollowup
}

// stops says whether a position is that of a stop token.
func (s sampleRange) stops(position int32) bool {
	return int64(position) >= int64(s.first)+s.answered() && int64(position) < s.end()
}

// responds says whether a position is the response's, or that of a stop token.
func (s sampleRange) responds(position int32) bool {
	return int64(position) >= int64(s.first)+int64(s.prompt)
}

// promptSample stands for a prompt's id and a sample number: the first half of
// their sha256, since a run may have millions.
type promptSample [16]byte

// sampleTable is a group's samples, from the first id on.
type sampleTable struct {
	first  int64
	ranges []sampleRange
}
