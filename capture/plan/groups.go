package plan

import (
	"intentprobe/storage/arrowfile"
	"intentprobe/storage/rundir"
)

// mostGroups keeps the manifest, which lists their files, below what is read of one.
const mostGroups = 100_000

// RowBytes is the size of one row's activations.
func (p *Prepared) RowBytes() int {
	n := 0
	for _, c := range p.Columns() {
		n += c.RowBytes()
	}
	return n
}

// rowOverhead is about what the other columns of a row take.
const rowOverhead = 64

// activationBytes estimates the size of the files of activations from above.
func (p *Prepared) activationBytes() int64 {
	row, reduced := int64(p.RowBytes()+rowOverhead), int64(0)
	if !p.Spec.Capture.Rows {
		row = 0
	}
	for _, c := range p.Columns() {
		if c.DType != arrowfile.Int32 {
			reduced += int64(len(p.Spec.Capture.Reduce) * c.RowBytes() * 4 / c.DType.Bytes())
		}
	}
	total := int64(len(p.Jobs)) * reduced
	for i := range p.Jobs {
		total += int64(p.Jobs[i].MostRows) * row
	}
	return total
}

// What a group holds at most where nothing else is asked for, by the estimate from
// above: a group is lost when the process is killed, and each costs a few syncs.
const (
	groupBytes   = 256 << 20
	groupSamples = 512
	groupDrawn   = 16 << 10 // tokens that are drawn; given ones cost about an eighth
)

// groupSamples chooses how many samples a group has: whole batches.
func (p *Prepared) groupSamples() int {
	unit, n := roundUp(int(p.Spec.Engine.Batch)*p.FamilySize, p.Unit), int64(len(p.Jobs))
	work := int64(0)
	for i := range p.Jobs {
		j := &p.Jobs[i]
		given := int64(len(j.Tokens()) + len(j.ResponseTokens))
		work += int64(j.MaxTokens()) - given + given/8
	}
	most := min(groupSamples, groupBytes*n/max(1, p.activationBytes()), groupDrawn*n/max(1, work))
	return max(1, int(most)/unit) * unit
}

// Plan says how the samples are grouped; it is a function of the spec, the dataset
// and the model alone.
func (p *Prepared) Plan() rundir.Plan {
	return rundir.Plan{Samples: int64(len(p.Jobs)), GroupSamples: int(p.Spec.Capture.Group)}
}

// Groups lists the groups of a shard, nil for the whole run.
func (p *Prepared) Groups(shard *rundir.Shard) (out []int) {
	for n := range p.Plan().Groups() {
		if shard.Holds(n) {
			out = append(out, n)
		}
	}
	return out
}

// Group gives the jobs of a group, and the id of its first sample.
func (p *Prepared) Group(number int) (jobs []Job, first int64) {
	first, n := p.Plan().Group(number)
	return p.Jobs[first : first+n], first
}
