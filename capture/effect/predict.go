package effect

import "intentprobe/storage/rundir"

// The predictions of an intervention: D rises, or falls.
const (
	Up   = "up"
	Down = "down"
)

// prediction gives what is predicted of an arm: +1 for up, -1 for down, 0 for nothing. It
// is what the spec says of the arm; else what it says of the interventions in it, and
// nothing where these do not say the same. What it says of an intervention is for a positive
// dose: it is turned round at a dose below 0, and of `scale` below 1, which changes nothing.
func prediction(a rundir.Arm) float64 {
	if a.Predict != "" {
		return ofWord(a.Predict)
	}
	all := 0.0
	for _, e := range a.Edits {
		one := ofWord(e.Predict)
		if e.Scale != nil && *e.Scale < nothing[e.Do] {
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

// nothing is the dose at which an operation changes nothing; 0 of those that have none.
var nothing = map[string]float64{"add": 0, "scale": 1}

// ofWord is the direction of a prediction.
func ofWord(word string) float64 {
	switch word {
	case Up:
		return 1
	case Down:
		return -1
	}
	return 0
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
