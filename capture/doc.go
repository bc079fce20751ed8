// Package capture is what a run is: its spec, the prompts and what becomes of
// them (messages, rendered text, tokens with roles), the schedule of samples,
// and the loop that decodes them and hands every row to storage.
//
// The schedule is a function of the spec, the dataset and the model, never of
// time, so that a run can be repeated to the bit.
package capture
