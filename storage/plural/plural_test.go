package plural

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCountsHaveTheirPlural(t *testing.T) {
	for want, got := range map[string]string{
		"0 samples": Count(0, "sample"), "1 sample": Count(1, "sample"), "2 samples": Count(int64(2), "sample"),
		"1 record batch": Count(1, "record batch"), "3 record batches": Count(3, "record batch"), "2 entries": Count(int32(2), "entry"),
		"1 byte": Count(uint64(1), "byte"),
	} {
		require.Equal(t, want, got)
	}
}

func TestListsAreCutShort(t *testing.T) {
	require.Equal(t, "a, b", List([]string{"a", "b"}, 2))
	require.Equal(t, "a, b and 1 more", List([]string{"a", "b", "c"}, 2))
	require.Empty(t, List(nil, 2))
}

func TestHave(t *testing.T) {
	require.Equal(t, "1 group has", Have(1, "group"))
	require.Equal(t, "0 groups have", Have(0, "group"))
}
