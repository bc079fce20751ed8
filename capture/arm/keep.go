package arm

import (
	"maps"
	"slices"

	"intentprobe/capture/vector"
)

// Directions gives the file of the directions that arms and probes use, as a run keeps it,
// nil where they use none: a direction file whose names are what the spec calls them. With
// it [Kept] makes the same arms and probes, to the bit. The same have the same bytes. Both
// may be nil.
func Directions(s *Set, p *Probes) ([]byte, error) {
	used := map[string]*direction{}
	how := "what the interventions of a run use"
	if s != nil {
		maps.Copy(used, s.used)
	}
	if p != nil {
		maps.Copy(used, p.used)
		how = "what the interventions and probes of a run use"
	}
	if len(used) == 0 {
		return nil, nil
	}
	meta := vector.Meta{Kind: vector.Directions, How: how, Of: map[string]*vector.Meta{}}
	var out []*vector.Direction
	for _, key := range slices.Sorted(maps.Keys(used)) {
		d := *used[key].Direction
		d.Name = key
		of := *used[key].meta
		of.Of = nil
		meta.Of[key] = &of
		out = append(out, &d)
	}
	return vector.Encode(meta, out)
}
