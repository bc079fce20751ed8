package facts

import (
	"fmt"
	"slices"
	"strings"

	"intentprobe/models/gguf"
)

// About is what a model's file says of it.
type About struct {
	Family     string  // general.basename, else the architecture
	Parameters float64 // elements of its tensors
	Layers     int
	Plain      bool // it has no chat template
}

// AboutModel reads the head of a GGUF file. The error is that of gguf.ReadModel.
func AboutModel(path string) (About, error) {
	head, err := gguf.ReadModel(path)
	if err != nil {
		return About{}, err
	}
	arch := head.Text("general.architecture")
	a := About{Family: head.Text("general.basename"), Layers: head.Count(arch + ".block_count"), Plain: strings.TrimSpace(head.Text("tokenizer.chat_template")) == ""}
	if a.Family == "" {
		a.Family = arch
	}
	a.Parameters, err = parameters(head)
	return a, err
}

// parameters counts the elements of all tensors, those of a model's other files included.
func parameters(head *gguf.File) (n float64, err error) {
	count := func(f *gguf.File) {
		for i := range f.Tensors {
			elements := 1.0
			for _, d := range f.Tensors[i].Shape {
				elements *= float64(d)
			}
			n += elements
		}
	}
	count(head)
	for _, part := range head.Parts {
		other, err := gguf.ReadFile(part)
		if err != nil {
			return 0, err
		}
		count(other)
	}
	return n, nil
}

// hooks are the points whose rows are captured: after a third, a half and two thirds of the
// blocks.
func (a About) hooks() (out []string) {
	for _, at := range []int{a.Layers / 3, a.Layers / 2, 2 * a.Layers / 3} {
		out = append(out, fmt.Sprintf("resid_post:%d", at))
	}
	return slices.Compact(out)
}

// Asked says by what a model is asked.
func (a About) Asked() string {
	if a.Plain {
		return "plain text"
	}
	return "chat template"
}
