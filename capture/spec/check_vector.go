package spec

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"intentprobe/capture/hint"
	"intentprobe/capture/selection"
	"intentprobe/hooks"
)

// IsZero says whether no vector is named.
func (v Vector) IsZero() bool { return v == Vector{} }

// checkVector checks the vector of an intervention, as far as its file is not needed.
func (s *Spec) checkVector(place string, iv *Intervention) error {
	v := &iv.Vector
	ways := 0
	for _, given := range []bool{v.Ref != "", v.Random != nil, v.Mean != nil} {
		if given {
			ways++
		}
	}
	switch {
	case ways > 1:
		return hint.Usage(fmt.Errorf("%s.vector is several things at once", place), "use one of ref (FILE or FILE#NAME), random and mean")
	case ways == 0 && iv.Do == "swap": // of the whole row
		return nil
	case ways == 0:
		return hint.Usage(fmt.Errorf("%s.vector is missing", place), "name a direction file, as FILE or FILE#NAME; ", hint.Command{"vector", "make"}, " makes one")
	case iv.Do == "erase" && v.Ref == "":
		return hint.Usage(fmt.Errorf("%s: do: erase needs an affine map, which neither random nor mean gives", place), "name a direction file with tensors NAME.A and NAME.b")
	case v.Ref == ZeroVector && iv.Do != "replace":
		return hint.Usage(fmt.Errorf("%s.vector is zero, which points nowhere", place), "zero is a row for do: replace; name a direction file")
	case v.Ref == ZeroVector:
		return nil
	case v.Ref != "":
		return checkReference(place+".vector", v.Ref)
	case v.Random != nil:
		return s.checkRandom(place+".vector.random", iv, v.Random)
	}
	return checkMean(place+".vector.mean", v.Mean)
}

// checkReference wants FILE or FILE#NAME.
func checkReference(key, ref string) error {
	file, name, named := ref, "", false
	if at := strings.LastIndexByte(ref, '#'); at >= 0 {
		file, name, named = ref[:at], ref[at+1:], true
	}
	what := ""
	switch {
	case strings.TrimSpace(file) == "":
		what = "names no file"
	case named && name == "":
		what = "names nothing after #"
	case strings.ContainsRune(ref, 0), !utf8.ValidString(ref):
		what = "is no path"
	case named && strings.ContainsAny(name, "/\\"):
		what = "has a / after #"
	}
	if what == "" {
		return nil
	}
	return hint.Usage(fmt.Errorf("%s: %q %s", key, ref, what), "write FILE, or FILE#NAME for one of several directions in a file")
}

// checkRandom checks what a random direction is like.
func (s *Spec) checkRandom(key string, iv *Intervention, r *Random) error {
	var names []string
	for i := range s.Interventions {
		names = append(names, s.Interventions[i].Name)
	}
	other := s.Intervention(r.Like)
	switch {
	case r.Like == "":
		return hint.Usage(fmt.Errorf("%s.like is missing: it has the norm and the rank", key), "name an intervention or a direction file")
	case r.Like == iv.Name:
		return hint.Usage(fmt.Errorf("%s.like is %q, the intervention itself", key, r.Like), "name another intervention, or a direction file")
	case other != nil && (other.Vector.Random != nil || other.Vector.IsZero() || other.Vector.Ref == ZeroVector || other.Do == "erase"):
		return hint.Usage(fmt.Errorf("%s.like is %q, which has no direction of its own", key, r.Like), "name an intervention with a direction, or a direction file")
	case other == nil && filepath.Ext(r.Like) == "" && !strings.ContainsAny(r.Like, "#/"):
		return hint.Usage(fmt.Errorf("%s.like is %q, which is neither an intervention nor a file", key, r.Like), "nearest interventions: "+strings.Join(hooks.Nearest(r.Like, slices.DeleteFunc(names, func(n string) bool { return n == iv.Name })), ", "))
	case other != nil:
		return nil
	}
	return checkReference(key+".like", r.Like)
}

func checkMean(key string, m *Mean) error {
	switch {
	case m.Run == "":
		return hint.Usage(fmt.Errorf("%s.run is missing", key), "name the folder of a run whose rows are averaged")
	case strings.ContainsRune(m.Run, 0):
		return hint.Usage(fmt.Errorf("%s.run %q is no path", key, m.Run), "name the folder of a run whose rows are averaged")
	case m.Label != "" && m.Value == "":
		return hint.Usage(fmt.Errorf("%s has a label and no value", key), "value says which samples count, for example value: true; ", hint.Command{"label", "list", m.Run}, " lists the labels")
	case m.Label == "" && m.Value != "":
		return hint.Usage(fmt.Errorf("%s has a value and no label", key), "name the label that has it")
	}
	if m.Tokens != "" {
		_, err := selection.ParseKey(key+".tokens", m.Tokens)
		return err
	}
	return nil
}
