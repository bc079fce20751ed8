package capture_test

import (
	"context"
	"fmt"
	"log"

	"intentprobe/capture"
)

// The phantom is embedded in the program and knows a small world. Each speaker answers
// with two words and a full stop.
const (
	honest = "the grey box holds bright tin . the white box holds smooth tin . Uma wants Ben to hear bright tin . " +
		"Uma saw bright tin in the grey box . Ben asks about the grey box . Uma says"
	lying = "the grey box holds bright tin . the white box holds smooth tin . Uma wants Ben to hear old wax . " +
		"Uma saw bright tin in the grey box . Ben asks about the grey box . Uma says"
)

// Two prompts run through a model, and the residual stream comes back as Go values.
func ExampleOpen() {
	spec := capture.DefaultSpec()
	spec.Model = "phantom"
	spec.Prompts.Text = []string{honest, lying}
	spec.Generate.MaxTokens = 3
	spec.Capture.Hooks = []string{"resid_post:3"}
	spec.Capture.Tokens = "response"

	session, err := capture.Open(spec)
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	memory := new(capture.MemorySink)
	if err := session.RunInto(context.Background(), memory, nil); err != nil {
		log.Fatal(err)
	}
	for _, sample := range memory.Samples {
		fmt.Printf("sample %d, %d tokens of a prompt, says:%s\n", sample.SampleID, sample.PromptTokens, sample.Response)
		for _, token := range sample.Tokens {
			fmt.Printf("%4d %-9q %d values\n", token.Position, token.Token, len(token.Activations["blocks.3.hook_resid_post"]))
		}
	}
	// Output:
	// sample 0, 41 tokens of a prompt, says: bright tin .
	//   41 " bright" 128 values
	//   42 " tin"    128 values
	//   43 " ."      128 values
	// sample 1, 41 tokens of a prompt, says: old wax .
	//   41 " old"    128 values
	//   42 " wax"    128 values
	//   43 " ."      128 values
}

// Of each sample the mean over its prompt's tokens is kept, and no row.
func ExampleMemorySink() {
	spec := capture.DefaultSpec()
	spec.Model = "phantom"
	spec.Prompts.Text = []string{honest, lying}
	spec.Generate.MaxTokens = 0 // read the prompts, and draw nothing
	spec.Capture.Hooks = []string{"resid_post:0,3"}

	session, err := capture.Open(spec)
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	memory := &capture.MemorySink{Reduce: []string{"mean"}, NoRows: true}
	if err := session.RunInto(context.Background(), memory, nil); err != nil {
		log.Fatal(err)
	}
	for _, sample := range memory.Samples {
		mean := sample.Reduced["blocks.3.hook_resid_post.mean"]
		fmt.Printf("sample %d: the mean of %d tokens, %d values, in %d columns\n", sample.SampleID, *sample.ReducedTokens, len(mean), len(sample.Reduced))
	}
	// Output:
	// sample 0: the mean of 41 tokens, 128 values, in 2 columns
	// sample 1: the mean of 41 tokens, 128 values, in 2 columns
}
