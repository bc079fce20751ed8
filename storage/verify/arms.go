package verify

import (
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// What arms stand for that are no place in the manifest's list.
const (
	noArm    = -1 // null
	otherArm = -2 // of a name that the manifest does not have
)

// arms checks arms and directions of the manifest by themselves: names, kinds, what controls are
// of, and that samples say their arm.
func (v *verifier) arms() {
	if d := v.m.Directions; d != nil {
		if d.File != rundir.DirectionsName {
			v.add(rundir.ManifestName, "directions", "the file is %q; it must be %s", d.File, rundir.DirectionsName)
		}
		if !rundir.SHA256Text.MatchString(d.SHA256) && (d.SHA256 != "" || v.m.Status != rundir.Recovered) {
			v.add(rundir.ManifestName, "directions", "%q is no sha256", d.SHA256)
		}
	}
	v.armAt, v.interventions = map[string]int{}, make([][]string, len(v.m.Arms))
	for i, a := range v.m.Arms {
		if _, twice := v.armAt[a.Name]; twice || a.Name == "" {
			v.add(rundir.ManifestName, "arms", "%q is the name of another arm, or none", a.Name)
		}
		v.armAt[a.Name] = i
		none := a.Name == rundir.ArmNone
		if none != (i == 0) || none != (a.Kind == rundir.ArmNone) || none && len(a.Edits) > 0 {
			v.add(rundir.ManifestName, "arms", "arm %d is %q of the kind %q with %d edits; the first, and no other, is none without any", i, a.Name, a.Kind, len(a.Edits))
		}
		for _, e := range a.Edits {
			if !slices.Contains(v.interventions[i], e.Intervention) {
				v.interventions[i] = append(v.interventions[i], e.Intervention)
			}
		}
	}
	for _, a := range v.m.Arms {
		if at, there := v.armAt[a.Of]; a.Of != "" && (!there || v.m.Arms[at].Of != "") {
			v.add(rundir.ManifestName, "arms", "%q is a control of %q, which is no arm, or a control itself", a.Name, a.Of)
		}
	}
	listed := slices.ContainsFunc(v.m.Optional.Samples, func(c rundir.OptionalColumn) bool { return c.Name == "arm" })
	if len(v.m.Arms) > 0 && !listed {
		v.add(rundir.ManifestName, "arms", "are there; the samples have no column \"arm\"")
	}
}

// namesOfArm are the interventions of an arm, in their order; false where nobody knows.
func (v *verifier) namesOfArm(arm int) ([]string, bool) {
	if arm >= 0 {
		return v.interventions[arm], true
	}
	return nil, arm == noArm
}

// armOf is the place of an arm in the manifest's list.
func (c *sampleCheck) armOf(name string) (arm int, what string) {
	if at, ok := c.armAt[name]; ok {
		return at, ""
	}
	if len(c.m.Arms) == 0 && !c.m.HasSpec() { // the manifest was lost
		return otherArm, ""
	}
	return otherArm, fmt.Sprintf("is %q, which is no arm of the manifest", name)
}

// intervened checks what the samples of a batch say of their interventions.
func (c *sampleCheck) intervened(samples []sampleRange) {
	for i := range samples {
		s, id := &samples[i], c.first+int64(i)
		names, known := c.namesOfArm(s.arm)
		tokens, counted := c.known["edited_tokens"]
		if counted {
			s.edited = tokens.Int32(i)
			if s.edited < 0 || int64(s.edited) > s.tokens() {
				c.fault(id, "edited_tokens", "is %d; the sample has %d tokens", s.edited, s.tokens())
			} else if s.edited > 0 && known && len(names) == 0 {
				c.fault(id, "edited_tokens", "is %d; nothing is edited in the arm %s", s.edited, c.armName(s.arm))
			}
		}
		for _, name := range []string{"edit_norm", "edit_ratio"} {
			values, there := c.known[name]
			if !there {
				continue
			}
			switch null := values.Null(i); {
			case counted && s.edited == 0 && !null:
				c.fault(id, name, "is there; edited_tokens is 0")
			case !null && known && len(names) == 0:
				c.fault(id, name, "is there; nothing is edited in the arm %s", c.armName(s.arm))
			case counted && s.edited > 0 && null && name == "edit_norm": // the ratio of rows of zeros is none
				c.fault(id, name, "is null; edited_tokens is %d", s.edited)
			}
		}
		if kl, there := c.known["kl"]; there && !kl.Null(i) && (s.arm == noArm || s.arm == 0) {
			c.fault(id, "kl", "is there in the arm %s", c.armName(s.arm))
		}
	}
}

func (v *verifier) armName(arm int) string {
	if arm >= 0 {
		return v.m.Arms[arm].Name
	}
	return "null"
}

// sameSeeds checks that a sample has the seed of its other arms.
func (c *sampleCheck) sameSeeds(i int, id int64, key promptSample) {
	if _, there := c.known["arm"]; !there {
		return
	}
	seed := c.columns[colSeed]
	is := int64(math.MinInt64)
	if !seed.Null(i) {
		is = seed.Int64(i)
	}
	was, there := c.seeds[key]
	if c.seeds[key] = is; there && was != is {
		c.fault(id, "seed", "is %s; another arm of the sample has %s", seedText(is), seedText(was))
	}
}

func seedText(seed int64) string {
	if seed == math.MinInt64 {
		return "null"
	}
	return fmt.Sprint(seed)
}

// changes are the rows of a batch that interventions changed, as the column edited has
// them.
type changes struct {
	row   int
	names []string
}

// edited reads the column of that name.
func (c *rowCheck) edited(r *arrowfile.BatchReader, field arrow.Field) error {
	c.changes = c.changes[:0]
	_, err := r.Plain(field, func(row int, text []byte) {
		if n := len(c.changes); n == 0 || c.changes[n-1].row != row {
			c.changes = append(c.changes, changes{row: row})
		}
		last := &c.changes[len(c.changes)-1]
		last.names = append(last.names, string(text))
	})
	return err
}

// scored reads the column of what probes gave.
func (c *rowCheck) scored(r *arrowfile.BatchReader, field arrow.Field) error {
	_, err := r.Plain(field, func(row int, item []byte) {
		if x := arrowfile.FloatOf(item); math.IsNaN(x) || math.IsInf(x, 0) {
			c.fault(r.First+int64(row), field.Name, "has %v; scores must be finite", x)
		}
	})
	return err
}

// change checks that what changed row i of the batch, row at of the file, are
// interventions of its sample's arm, in their order; and counts it.
func (c *rowCheck) change(i int, at int64) {
	if len(c.changes) == 0 || c.changes[0].row != i {
		return
	}
	names := c.changes[0].names
	if c.changes = c.changes[1:]; c.samples == nil || c.at >= len(c.samples.ranges) {
		return
	}
	s := &c.samples.ranges[c.at]
	s.changed++
	left, known := c.namesOfArm(s.arm)
	for _, name := range names {
		place := slices.Index(left, name)
		if known && place < 0 {
			c.fault(at, "edited", "has %q; the interventions of the arm %s are %q, each once in this order", name, c.armName(s.arm), c.interventionsOf(s.arm))
			return
		}
		left = left[place+1:]
	}
}

func (v *verifier) interventionsOf(arm int) []string {
	names, _ := v.namesOfArm(arm)
	return append([]string{}, names...)
}

// counted checks the number of changed rows of each sample against its edited tokens, some
// of which may have no row.
func (c *rowCheck) counted() {
	listed := slices.ContainsFunc(c.m.Optional.Activations, func(o rundir.OptionalColumn) bool { return o.Name == "edited" })
	if c.samples == nil || !listed {
		return
	}
	for i, s := range c.samples.ranges {
		all := s.rows == s.tokens()
		if s.edited >= 0 && (s.changed > s.edited || all && s.changed != s.edited) {
			c.add(c.file, fmt.Sprintf("sample %d, column %q", c.samples.first+int64(i), "edited"), "%d rows were edited; edited_tokens is %d", s.changed, s.edited)
		}
	}
}
