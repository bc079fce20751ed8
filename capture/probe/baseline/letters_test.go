package baseline

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLetters(t *testing.T) {
	items := []Item{item("q1", "", "No 12"), item("q2", "", "no 32"), item("q3", "", "a")}
	f := letters(items, (*Item).answer)
	assert.Equal(t, []string{"-2", "-no", "-o", "2", "n", "n-", "no-", "o"}, f.names)
	rows := read(t, f)
	assert.Equal(t, slices.Repeat([]float32{1}, 8), rows[0])
	assert.Equal(t, rows[0], rows[1])
	assert.Equal(t, make([]float32, 8), rows[2])
}
