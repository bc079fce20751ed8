package label

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"intentprobe/capture/internal/expect"
	"intentprobe/storage/rundir"
)

// A key under which there is nothing to compare with is told apart from one that is
// not there, and is not offered as its own nearest.
func TestKeysThatHoldNoAnswer(t *testing.T) {
	s := &rundir.Sample{PromptID: "p", Meta: `{"answer":null,"answers":[],"object":{"a":1},"fact":"x"}`}
	for key, what := range map[string]string{"answer": "null", "answers": "a list", "object": "an object"} {
		hint := expect.Refused(t, noKey(key, s), fmt.Sprintf("the key %q of its row is %s", key, what))
		assert.NotContains(t, hint, "nearest")
		_, err := variableOf(s, key)
		assert.ErrorContains(t, err, "{"+key+"} is "+what)
		assert.NotContains(t, variableAdvice(err), "nearest")
	}
	hint := expect.Refused(t, noKey("answerss", s), "no key")
	assert.Contains(t, hint, "fact")
	assert.NotRegexp(t, "answer|object", hint)
}
