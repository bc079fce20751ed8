package gguf

import "fmt"

// Fits refuses an adapter that was not made for a model: for its architecture, and for
// weights that it has, of their shapes. path is the model's file, of which the head is f.
// The error is an *Error, or about reading the model's other files.
func (a *Adapter) Fits(f *File) error {
	if arch := f.Text("general.architecture"); a.Architecture != arch {
		return &Error{Reason: fmt.Sprintf("it is for the architecture %q, the model is %q", a.Architecture, arch), Advice: otherBase}
	}
	weights, err := f.weights()
	if err != nil {
		return err
	}
	for _, p := range a.Pairs {
		w, ok := weights[p.Weight]
		if !ok {
			return &Error{Reason: fmt.Sprintf("it changes the weight %q, which the model has not", p.Weight), Advice: otherBase}
		}
		if err := p.fits(w); err != nil {
			return err
		}
	}
	_, embeds := weights["output.weight"]
	if _, changed := a.Pair(Embedding); changed && !embeds {
		return &Error{Reason: fmt.Sprintf("it changes %q, which this model unembeds with too: llama.cpp multiplies by such an adapter in one of the two places alone, and stops in the other", Embedding),
			Advice: "merge it into the model with llama.cpp's llama-export-lora, and name the result as the model"}
	}
	return nil
}

// Pair finds the tensors by which a weight is changed.
func (a *Adapter) Pair(weight string) (*Pair, bool) {
	for i := range a.Pairs {
		if a.Pairs[i].Weight == weight {
			return &a.Pairs[i], true
		}
	}
	return nil, false
}

// fits compares the shapes of a pair with those of its weight.
func (p *Pair) fits(w Tensor) error {
	in, out := w.Shape[0], w.Shape[1]
	a, b := [4]int64{in, p.B.Shape[0], w.Shape[2], w.Shape[3]}, [4]int64{p.B.Shape[0], out, w.Shape[2], w.Shape[3]}
	if p.Weight == Embedding {
		a, b = [4]int64{p.B.Shape[0], out, 1, 1}, [4]int64{p.B.Shape[0], in, 1, 1}
	}
	if p.A.Shape == a && p.B.Shape == b {
		return nil
	}
	return &Error{Reason: fmt.Sprintf("its tensors for %q have the shapes %v and %v; the weight has %v, so that a rank of %d wants %v and %v", p.Weight, p.A.Shape, p.B.Shape, w.Shape, p.B.Shape[0], a, b), Advice: otherBase}
}

// weights gives the tensors of a model, those in its other files too.
func (f *File) weights() (map[string]Tensor, error) {
	out := map[string]Tensor{}
	add := func(tensors []Tensor) {
		for _, t := range tensors {
			out[t.Name] = t
		}
	}
	add(f.Tensors)
	for _, path := range f.Parts {
		part, err := ReadFile(path)
		if err != nil {
			return nil, err
		}
		add(part.Tensors)
	}
	return out, nil
}
