package verify

// Columns of activations, by their place in the schema.
const (
	atSampleID = iota
	atPosition
	atTokenID
	atToken
	atPhase
	atRole
	atTurn
	atGenerated
	atReasoning
	atStop
	atLogprob
	atEntropy
	atSpans
	atColumns
)
