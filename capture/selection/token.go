package selection

// Token is what an expression can ask about one token of a sample.
type Token struct {
	Position  int    // in the whole sequence
	Response  bool   // of the response, not of the prompt
	First     bool   // the first of the response
	Role      string // whose text it is: system, user, assistant, tool, developer; template for none of them
	Prefill   bool   // of the beginning of the answer that the prompt gives
	Reasoning bool   // of the model's reasoning
	Ends      bool   // ends the generation (end of turn)
	Stop      bool   // of the stop text that ended the response, or after it
	Spans     []string
}
