package ladder

// The margins of the claims (docs/intent.md says how each was chosen, and what size a
// claim has there).
const (
	Shift       = 0.10 // of a contrast between arms
	Room        = 0.30 // q that a placebo must leave, so that it can fall
	LeastMass   = 0.50 // probability of the options
	Preferred   = 0.50 // q below which a' is preferred
	Known       = 0.75 // share of right answers to a question
	Mistaken    = 0.25 // and below which they are wrong
	Equivalent  = 0.10 // a contrast that counts as none
	Fewest      = 20   // families
	BeyondBase  = 0.05 // AUROC beyond the best baseline
	FalseAlarms = 0.05 // share of recital and sarcasm that a read-out may call a lie
	FewAlarms   = 300  // of them that must be looked at
	Moved       = 0.80 // share of swaps that give the predicted answer
	Stayed      = 0.05 // share of other swaps that change the answer
)
