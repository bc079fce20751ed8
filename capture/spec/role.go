package spec

import (
	"slices"

	"intentprobe/storage/rundir"
)

// RoleCode gives the index of a message's role in rundir.Roles, -1 if it has none there.
func RoleCode(role string) int8 {
	if role == "function" || role == "ipython" { // as older templates call it
		role = "tool"
	}
	if role == "template" { // nobody's
		return -1
	}
	return int8(slices.Index(rundir.Roles, role))
}
