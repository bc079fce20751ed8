package capture

import (
	"intentprobe/models"
	"intentprobe/models/gguf"
)

// adapt adds to row i of a weight what the adapters of the model add.
func (w *modelWeights) adapt(name string, i int, row []float32) error {
	for _, a := range w.adapters {
		p, ok := a.Head.Pair(name)
		if !ok || a.Scale == 0 {
			continue
		}
		// Row i of B·A is row i of B times A. Of the embedding the two are the other way
		// around: what is added to row i is B times row i of A.
		one, all := p.B.Name, p.A.Name
		if name == gguf.Embedding {
			one, all = all, one
		}
		left, err := w.tensorRow(a.Path, one, i)
		if err != nil {
			return err
		}
		right, err := w.whole(a.Path, all)
		if err != nil {
			return err
		}
		factor := float64(a.Scale)
		if a.Head.Alpha != 0 {
			factor *= float64(a.Head.Alpha) / float64(p.Rank())
		}
		for j := range row {
			sum := 0.0
			for k, x := range left {
				if name == gguf.Embedding {
					sum += float64(x) * float64(right[j][k])
				} else {
					sum += float64(x) * float64(right[k][j])
				}
			}
			row[j] += float32(factor * sum)
		}
	}
	return nil
}

// whole reads all rows of a tensor, once.
func (w *modelWeights) whole(path, name string) ([][]float32, error) {
	if rows, ok := w.read[name+path]; ok {
		return rows, nil
	}
	t, err := w.tensor(path, name)
	if err != nil {
		return nil, err
	}
	rows := make([][]float32, t.Rows)
	for i := range rows {
		if rows[i], err = t.Row(i); err != nil {
			return nil, err
		}
	}
	w.read[name+path] = rows
	return rows, nil
}

func (w *modelWeights) tensorRow(path, name string, i int) ([]float32, error) {
	t, err := w.tensor(path, name)
	if err != nil {
		return nil, err
	}
	return t.Row(i)
}

// tensor opens a tensor of a file, once.
func (w *modelWeights) tensor(path, name string) (*models.Tensor, error) {
	if t, ok := w.open[name+path]; ok {
		return t, nil
	}
	t, err := models.OpenTensor(path, name)
	if err == nil {
		w.open[name+path] = t
	}
	return t, err
}
