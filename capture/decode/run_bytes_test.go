package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBytesAreEstimatedFromAbove(t *testing.T) {
	for _, tokens := range []string{"all", "prompt", "response", "last"} {
		tr := newTrial()
		tr.spec.Capture.Tokens = tokens
		samples, _ := tr.run(t)
		var rows int64
		for _, s := range samples {
			rows += s.Rows
		}
		assert.GreaterOrEqual(t, tr.prepared.MaxBytes(), rows*int64(tr.prepared.RowBytes()))
	}
}
