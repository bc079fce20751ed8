package effect

import "intentprobe/storage/rundir"

// The predictions of an intervention: D rises, or falls.
const (
	Up   = "up"
	Down = "down"
)

// prediction gives what is predicted of an arm by the interventions in it: +1 for up, -1
// for down, 0 where they predict nothing or not the same. The prediction of an `add` is
// that of a positive scale, and turned round at a negative one.
func prediction(a rundir.Arm) float64 {
	all := 0.0
	for _, e := range a.Edits {
		one := 0.0
		switch e.Predict {
		case Up:
			one = 1
		case Down:
			one = -1
		}
		if e.Do == "add" && e.Scale != nil && *e.Scale < 0 {
			one = -one
		}
		switch {
		case one == 0 || one == all:
		case all == 0:
			all = one
		default:
			return 0
		}
	}
	return all
}

// inWords is the word of a prediction; empty where there is none.
func inWords(direction float64) string {
	switch {
	case direction > 0:
		return Up
	case direction < 0:
		return Down
	}
	return ""
}
