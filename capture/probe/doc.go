// Package probe fits probes to the rows of runs, measures them on what was held out beside what
// text, likelihood and prompt tell by themselves, and judges them by the rules of
// docs/verdict.md.
//
//	t, err := probe.Train(ctx, []string{"runs/pairs"}, probe.Options{Data: data.Options{Label: "label", Positive: "lie", Negative: "mistake"}})
//	fmt.Println(t.Report.Verdict.Word)
//
// No model runs. Everything that comes out follows from the files and the seed.
package probe
