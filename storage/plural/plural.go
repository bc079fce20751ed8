package plural

import (
	"fmt"
	"strings"
)

// Count gives a number with what it counts: "1 sample", "2 samples", "3 record
// batches".
func Count[N int | int32 | int64 | uint64](n N, what string) string {
	if n != 1 {
		switch last := what[len(what)-1]; last {
		case 'h', 's', 'x':
			what += "es"
		case 'y':
			what = what[:len(what)-1] + "ies"
		default:
			what += "s"
		}
	}
	return fmt.Sprintf("%d %s", n, what)
}

// Have says how many have something: "1 group has", "2 groups have".
func Have(n int, what string) string {
	if n == 1 {
		return Count(n, what) + " has"
	}
	return Count(n, what) + " have"
}

// List names the first of some things, and says how many there are beside: "a, b and 3 more".
func List(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
