package hooks

// Plan is what the engine copies at each decode, compiled from points: every
// graph tensor once, although two points may read the same one.
type Plan struct {
	Points  []Point
	Tensors []string // graph tensors to copy, each once, in the order of first use
	Source  []int    // Source[i] is the index in Tensors of Points[i]
	Width   int      // floats of a token at every point: the model's d_model
}

// Compile makes the plan for points of a model of this architecture and width.
func Compile(a Arch, points []Point, width int) *Plan {
	plan := &Plan{Points: points, Width: width, Source: make([]int, len(points))}
	index := map[string]int{}
	for i, p := range points {
		name := a.Tensor(p)
		at, seen := index[name]
		if !seen {
			at = len(plan.Tensors)
			index[name] = at
			plan.Tensors = append(plan.Tensors, name)
		}
		plan.Source[i] = at
	}
	return plan
}
