package capture_test

import (
	"context"
	"fmt"
	"log"

	"intentprobe/capture"
)

// Two prompts run through a model, and the residual stream comes back as Go values. The
// model is the phantom, which is embedded and knows a small world (docs/phantom.md).
func ExampleOpen() {
	const boxes = "the grey box holds bright tin . the white box holds smooth tin . "
	const asked = "Uma saw bright tin in the grey box . Ben asks about the grey box . Uma says"

	spec := capture.DefaultSpec()
	spec.Model = "phantom"
	spec.Prompts.Text = []string{
		boxes + "Uma wants Ben to hear bright tin . " + asked,
		boxes + "Uma wants Ben to hear old wax . " + asked, // so she lies
	}
	spec.Generate.MaxTokens = 3
	spec.Capture.Hooks = []string{"resid_post:3"}
	spec.Capture.Tokens = "response"

	ctx := context.Background()
	session, err := capture.Open(ctx, spec, capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	memory := new(capture.MemorySink)
	if err := session.RunInto(ctx, memory, nil); err != nil {
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
	spec.Prompts.Text = []string{"Ben asks about the grey box .", "the white box holds smooth tin . Uma says"}
	spec.Generate.MaxTokens = 0 // read the prompts, and draw nothing
	spec.Capture.Hooks = []string{"resid_post:0,3"}

	ctx := context.Background()
	session, err := capture.Open(ctx, spec, capture.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	memory := &capture.MemorySink{Reduce: []string{"mean"}, NoRows: true}
	if err := session.RunInto(ctx, memory, nil); err != nil {
		log.Fatal(err)
	}
	for _, sample := range memory.Samples {
		mean := sample.Reduced["blocks.3.hook_resid_post.mean"]
		fmt.Printf("sample %d: the mean of %d tokens has %d values\n", sample.SampleID, *sample.ReducedTokens, len(mean))
	}
	// Output:
	// sample 0: the mean of 8 tokens has 128 values
	// sample 1: the mean of 10 tokens has 128 values
}
