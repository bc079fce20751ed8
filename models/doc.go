// Package models runs language models with llama.cpp: it loads GGUF files, turns text
// into tokens and back, decodes batches of tokens, and copies what is computed on the way
// (the residual stream, attention, logits) to memory that the caller owns. It is the only
// package of this module that uses cgo.
//
// A Model is a loaded file: weights and vocabulary. A Context is a KV cache over a model,
// with threads to compute on. Token is a number in the model's vocabulary.
//
//	ctx := context.Background()
//	path, err := find.Resolve("smollm2-135m", find.Models(find.Places()))
//	...
//	model, err := models.Load(ctx, path, models.LoadOptions{})
//	...
//	defer model.Close()
//	tokens, err := model.Tokenize("The capital of France is", true)
//	...
//	c, err := model.NewContext(models.ContextOptions{Tokens: 512, Sequences: 1, MicroBatch: 64, Threads: 4})
//	...
//	defer c.Close()
//	var batch models.Batch
//	for i, token := range tokens {
//		batch.Add(token, i, 0, i == len(tokens)-1) // logits of the last token only
//	}
//	err = c.Decode(ctx, &batch, models.Extent{}, nil)
//	...
//	sampler := models.NewSampler(models.SamplerOptions{})
//	defer sampler.Close()
//	fmt.Printf("%s\n", model.Piece(c.Sample(sampler, len(tokens)-1), true))
//
// # Reading activations
//
// Context.Graph gives the nodes that ggml computes for a batch. Package hooks finds the
// points of TransformerLens in them ("blocks.3.hook_resid_post") and makes a hooks.Plan.
// Context.SetPlan takes the plan, and every later Decode copies the planned points to the
// Targets that it is given, one for each token.
//
// # Memory
//
// Loading a model and making a context estimate what they take before they take it, and
// return a *MemoryError where this machine has less: Linux hands out memory that it does
// not have, and kills the process later. What is given by C (Logits) is valid until the
// next Decode. Models, contexts and samplers hold C memory until their Close.
//
// # Devices
//
// Without a Placement everything stays on the CPU. Devices lists accelerators; AddWorker
// makes the devices of another machine known, which serves them with ServeRPC. NeedOf and
// Need.Fit say how many layers fit onto devices.
//
// # Files from strangers
//
// llama.cpp ends the process at some faults of a file. Package gguf checks a file's head
// before llama.cpp sees it; Try loads a file and uses it a little, which is for a process
// of its own.
//
// # Packages below
//
// chat holds messages and renders chat templates, with the interpreter in jinja. find
// looks for models on this machine. cache is the program's cache folder. gguf reads the
// heads of GGUF files. phantom is a small embedded model whose intent is known. worker is
// what workers and runs say to each other.
package models
