package decode

import "intentprobe/storage/rowmem"

// reduced gives the reductions of a sample by their columns' names; nil where there was no
// row.
func reduced(l *rowmem.Layout, r *rowmem.Reducer, of *rowmem.Reduction) map[string][]float32 {
	if of.Rows == 0 {
		return nil
	}
	r.Finish(of)
	out := map[string][]float32{}
	for i, c := range r.Columns {
		for k, kind := range r.Kinds {
			out[l.Columns[c].Name+"."+kind] = of.Values[i*len(r.Kinds)+k]
		}
	}
	return out
}
