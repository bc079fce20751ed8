package verdict_test

import (
	"fmt"

	"intentprobe/capture/probe/metric"
	"intentprobe/capture/probe/verdict"
)

func ExampleOf() {
	of := func(value, low, high float64) metric.Interval {
		return metric.Interval{Value: value, Low: low, High: high, Level: 0.95, N: 120, Groups: 60}
	}
	v := verdict.Of(verdict.Figures{
		Positive: "lie", Negative: "mistake", Groups: [2]int{60, 60}, AUROC: of(0.972, 0.934, 0.989), P: 0.001, Draws: 999, Of: "the whole procedure",
		Baselines: []verdict.Baseline{
			{Name: "prompt words", Kind: verdict.Prompt, AUROC: of(0.981, 0.949, 0.994), Difference: of(-0.009, -0.031, 0.013)},
			{Name: "answer words", Kind: verdict.Text, AUROC: of(0.531, 0.433, 0.627), Difference: of(0.441, 0.343, 0.539)},
			{Name: "likelihood", Kind: verdict.Likelihood, AUROC: of(0.574, 0.472, 0.671), Difference: of(0.398, 0.297, 0.499)},
		},
	})
	fmt.Println(v.Word)
	fmt.Println(v.Text)
	for _, b := range v.Because {
		fmt.Println("because:", b)
	}
	for _, c := range v.Change {
		fmt.Println("would change it:", c)
	}
	// Output:
	// reads the prompt
	// The baseline prompt words, which knows the prompt alone, tells lie from mistake as well, to within 0.05. The probe may hold more, but these data cannot show it.
	// because: 60 groups with a lie and 60 with a mistake can tell an AUROC of 0.65 from 0.5 (level 0.95, power 0.8).
	// because: AUROC 0.972 (95 % 0.934 to 0.989; 120 samples, 60 groups); p 0.001 of 999 permutations of the whole procedure: above chance.
	// because: Baseline prompt words (prompt): AUROC 0.981 (95 % 0.949 to 0.994; 120 samples, 60 groups); probe less baseline -0.009 (95 % -0.031 to 0.013), which is at most 0.05: it explains the probe.
	// would change it: Prompts that do not tell the classes apart: give both classes the same ones (matched pairs, or many samples of one prompt labelled afterwards), or train and evaluate within one condition.
	// would change it: No probe can be 0.05 above an AUROC of 0.981: only other data can show that it holds more.
	// would change it: A control run in which the baseline speaks for one class and the label for the other.
}
