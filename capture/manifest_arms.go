package capture

import (
	"intentprobe/capture/arm"
	"intentprobe/storage/rundir"
)

// armsOf lists arms as a manifest does.
func armsOf(set *arm.Set) (out []rundir.Arm) {
	if set == nil {
		return nil
	}
	for i := range set.Arms {
		a := &set.Arms[i]
		described := rundir.Arm{Name: a.Name, Kind: a.Kind, Of: a.Of}
		for n := range a.Parts {
			part := &a.Parts[n]
			edit := rundir.ArmEdit{Intervention: part.Name, Do: part.Do, Scale: part.Scale, Unit: part.Unit, Tokens: part.Tokens.String(), Predict: part.Predict}
			for _, p := range part.Points {
				edit.Points = append(edit.Points, p.String())
			}
			described.Edits = append(described.Edits, edit)
		}
		out = append(out, described)
	}
	return out
}
