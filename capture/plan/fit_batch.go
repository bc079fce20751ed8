package plan

import "intentprobe/models"

// FitBatch halves the batch until its cache takes at most room bytes, and says whether it
// does in the end.
func (p *Prepared) FitBatch(m *models.Model, threads int, room uint64) bool {
	batch := &p.Spec.Engine.Batch
	for {
		need, err := m.ContextBytes(p.ContextOptions(threads))
		if err != nil || need <= room {
			return err == nil
		}
		if *batch <= 1 {
			return false
		}
		*batch /= 2
	}
}
