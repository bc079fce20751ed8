package arm

import (
	"maps"
	"slices"

	"intentprobe/capture/vector"
)

// Directions gives the file of the directions that the arms use, as a run keeps it, nil
// where they use none: a direction file whose names are what the spec calls them. With it
// [Kept] makes the same arms, to the bit. The same arms have the same bytes.
func (s *Set) Directions() ([]byte, error) {
	if len(s.used) == 0 {
		return nil, nil
	}
	meta := vector.Meta{Kind: vector.Directions, How: "what the interventions of a run use", Of: map[string]*vector.Meta{}}
	var out []*vector.Direction
	for _, key := range slices.Sorted(maps.Keys(s.used)) {
		d := *s.used[key].Direction
		d.Name = key
		of := *s.used[key].meta
		of.Of = nil
		meta.Of[key] = &of
		out = append(out, &d)
	}
	return vector.Encode(meta, out)
}
