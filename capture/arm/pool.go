package arm

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"

	"intentprobe/hooks"
)

// pool collects the edits of all arms, each once.
type pool struct {
	scores, keeps list
	changes       []list // of each intervention, in the order of the spec, which is that of the parts of arms
}

// list is edits in order, and where equal ones stand.
type list struct {
	edits []hooks.Edit
	at    map[[sha256.Size]byte][]int
}

// armUse is what one arm has of the pool so far.
type armUse struct {
	pool *pool
	last map[[2]int]int // of an intervention's changes at a node
}

func newPool(interventions int) *pool { return &pool{changes: make([]list, interventions)} }

func (p *pool) arm() *armUse { return &armUse{p, map[[2]int]int{}} }

// score adds an edit that scores, and gives its number among these.
func (u *armUse) score(e hooks.Edit) int { return u.pool.scores.add(e, -1) }

// keep adds the twin of a swap, which keeps the row of its source.
func (u *armUse) keep(swap hooks.Edit) int {
	return u.pool.keeps.add(hooks.Edit{Located: swap.Located, Name: swap.Name, Op: hooks.EditKeep, First: swap.First, Floats: swap.Floats}, -1)
}

// change adds an edit of an intervention that comes, at its node, after those of it that the
// arm has already: the engine applies the edits of a node in their order in the plan.
func (u *armUse) change(intervention int, e hooks.Edit) int {
	at := [2]int{intervention, e.Node}
	last, ok := u.last[at]
	if !ok {
		last = -1
	}
	u.last[at] = u.pool.changes[intervention].add(e, last)
	return u.last[at]
}

// add gives the number of an equal edit after a number, or adds one.
func (l *list) add(e hooks.Edit, after int) int {
	key := fingerprint(&e)
	for _, i := range l.at[key] {
		if i > after {
			return i
		}
	}
	if l.at == nil {
		l.at = map[[sha256.Size]byte][]int{}
	}
	l.at[key] = append(l.at[key], len(l.edits))
	l.edits = append(l.edits, e)
	return len(l.edits) - 1
}

// number puts the lists one after another into a set, whose parts are numbered accordingly.
// order says where an intervention stands in the spec.
func (p *pool) number(set *Set, order func(name string) int) {
	set.Edits = append(append(set.Edits, p.scores.edits...), p.keeps.edits...)
	keeps := len(p.scores.edits)
	var from []int
	for _, l := range p.changes {
		from = append(from, len(set.Edits))
		set.Edits = append(set.Edits, l.edits...)
	}
	for i := range set.Arms {
		for j := range set.Arms[i].Parts {
			part := &set.Arms[i].Parts[j]
			for k := range part.Edits {
				part.Edits[k] += from[order(part.Name)]
			}
			if part.Swap != nil {
				for k := range part.Swap.Keeps {
					part.Swap.Keeps[k] += keeps
				}
			}
		}
	}
}

// fingerprint tells edits apart: equal ones have the same.
func fingerprint(e *hooks.Edit) (out [sha256.Size]byte) {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%d %d %d %d %d %x %x %x %t %d %d\x00", e.Name, e.Point, e.Node, e.Op, e.First, e.Floats, e.Rank,
		math.Float32bits(e.Factor), math.Float32bits(e.Low), math.Float32bits(e.High), e.Relative, len(e.Vector), len(e.Bias))
	addFloats(h, e.Vector)
	addFloats(h, e.Bias)
	h.Sum(out[:0])
	return out
}

func addFloats(h hash.Hash, floats []float32) {
	buf := make([]byte, 0, 4096)
	for _, x := range floats {
		if buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(x)); len(buf) == cap(buf) {
			h.Write(buf)
			buf = buf[:0]
		}
	}
	h.Write(buf)
}
