package dataset_test

import (
	"fmt"

	"intentprobe/capture/dataset"
	"intentprobe/capture/spec"
)

// Two questions under two conditions make four rows, in pairs.
func ExampleFromSpec() {
	s := spec.Default()
	s.Model = "smollm2-135m-instruct"
	s.Prompts.Text = []string{"Is tin a metal?", "Is tea a metal?"}
	s.Conditions = []spec.Variant{{Name: "honest", System: "Tell the truth."}, {Name: "lying", System: "Lie."}}
	s.Pairs.Differ = []string{"system"}
	d, err := dataset.FromSpec(&s)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range d.Rows {
		fmt.Println(row.ID, *row.Pair, row.Messages[0].Content, row.Messages[1].Content)
	}
	for _, differ := range d.Pairs(&s).Differ {
		fmt.Println(differ.Pairs, "pairs differ in", differ.What)
	}
	// Output:
	// 0/honest 0 Tell the truth. Is tin a metal?
	// 0/lying 0 Lie. Is tin a metal?
	// 1/honest 1 Tell the truth. Is tea a metal?
	// 1/lying 1 Lie. Is tea a metal?
	// 2 pairs differ in system
}
