package visible

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestUnsafeCharactersAreShown(t *testing.T) {
	assert.Equal(t, `a\u001b[2J\u0007\u009b2J\u007f\u202eb\u2066c\nd\te\x9bf`, Text("a\x1b[2J\x07\u009b2J\x7f\u202eb\u2066c\nd\te\x9bf"))
	for _, text := range []string{"", "naïve 😀 日本語", "�", "مرحبا", "soft\u00adhyphen", "👩\u200d🔬"} {
		assert.Equal(t, text, Text(text))
	}
}

func TestHiddenCharactersAreShown(t *testing.T) {
	assert.Equal(t, `zero\u200bwidth\ufeff\u00ad\U000e0041\u202e`, Escape("zero\u200bwidth\ufeff\u00ad\U000e0041\u202e", Hidden))
	for _, text := range []string{"", "naïve 😀 日本語", "👩\u200d🔬", "می\u200cخواهم"} {
		assert.Equal(t, text, Escape(text, Hidden))
	}
}
