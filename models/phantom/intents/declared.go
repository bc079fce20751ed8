package intents

// Declared are the verdicts that are right of a phantom, by the outcome that is asked about
// (docs/phantom.md says why); nil of an outcome that nothing is declared for.
func Declared(name, outcome string) []string {
	reflex, partial := "reflex", "partial adaptation"
	declared := map[string][]string{
		"intender/listener": {"mechanistic intent"},
		"reflex/listener":   {reflex},
		"mistaken/listener": {"mistake"},
		"decoy/listener":    {reflex, partial},
		"reader/listener":   {reflex},
		"lookup/listener":   {reflex, partial},
		"oblique/listener":  {reflex},
		"oblique/bell":      {"behavioural intent", "mechanistic intent"}, // nothing of it was taught to lie open before an answer
	}
	return declared[name+"/"+outcome]
}
