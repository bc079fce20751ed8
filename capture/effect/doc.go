// Package effect says what the interventions of a run changed: each arm against the arm
// none and against its own controls.
//
//	r, err := effect.Of("runs/steered", effect.Options{})
//	for _, a := range r.Arms {
//		fmt.Println(a.Name, a.Change.Mean, a.Verdict.Word)
//	}
//
// # Pairs and clusters
//
// A sample of an arm is compared with the sample of none that has the same question,
// prompt and number, and so the same seed. Samples of one question are not independent of
// each other: every figure is first a mean per question, and its interval is a t interval
// over questions, with one degree of freedom fewer than there are questions ([Estimate]).
// The plain bootstrap is not used: with few clusters it covers too little (of 95 %, about 87
// to 92 % with ten clusters and 73 to 87 % with four), and where all agree it gives an
// interval of no width. Where all questions have the same value, the test is the exact
// binomial test on signs and there is no interval.
//
// # What is measured
//
// D = log p(first option) - log sum p(other options), nats. The change is D of the arm
// less D of none; mass is the sum of the options' probabilities. The other measures are
// [Flips], [NIE], [Text] and [Curve]; words follow from the numbers by the rules of
// [Limits] ([Verdict]), which docs/effects.md has as a table.
//
// The package reads samples and labels alone, and holds all samples of the run in memory.
package effect
