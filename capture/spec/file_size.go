package spec

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"intentprobe/capture/hint"
	"intentprobe/capture/textfile"
)

// maxNodes is how many values a spec may hold, every alias counted as what it stands for.
const maxNodes = 1_000_000

// checkNodes refuses YAML that nests too deep, or that is small to read and huge
// once its aliases are what they stand for.
func checkNodes(path string, root *yaml.Node) error {
	whole := map[*yaml.Node]int{} // nodes of an anchor, itself included
	var count func(n *yaml.Node, depth int) (int, error)
	count = func(n *yaml.Node, depth int) (int, error) {
		if depth > textfile.MaxDepth {
			return 0, hint.Usage(fmt.Errorf("%s:%d: lists and mappings stand more than %d deep in each other", path, n.Line, textfile.MaxDepth), "make the spec flatter")
		}
		if n.Kind == yaml.AliasNode {
			if known, ok := whole[n.Alias]; ok {
				return known, nil
			}
			return count(n.Alias, depth+1) // one that stands further down, or holds itself
		}
		total := 1
		for _, child := range n.Content {
			below, err := count(child, depth+1)
			if err != nil {
				return 0, err
			}
			if total += below; total > maxNodes {
				return 0, hint.Usage(fmt.Errorf("%s:%d: more than %d values, aliases counted as what they stand for", path, child.Line, maxNodes),
					"put the prompts into a .jsonl file, and write repeated parts once")
			}
		}
		if n.Anchor != "" {
			whole[n] = total
		}
		return total, nil
	}
	_, err := count(root, 0)
	return err
}
