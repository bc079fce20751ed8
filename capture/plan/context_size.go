package plan

import (
	"slices"

	"intentprobe/hooks"
	"intentprobe/models"
)

// Engine sizes: a micro-batch of llama.cpp's own default, less where the samples
// are few and short; as many sequences as it has.
const (
	microBatch   = 512
	maxSequences = 256
)

// ContextOptions sizes the engine's context for this run. A sampled sequence
// keeps its place in the cache for as long as it may get; those whose tokens are
// all given only while they are decoded. Two more hold shared beginnings. Samples
// with follow-ups wait until these fill a micro-batch.
func (p *Prepared) ContextOptions(threads int) models.ContextOptions {
	opt := p.contextSize(threads)
	opt.Outputs = opt.Sequences
	final := hooks.Plan{Reads: p.Points, Scores: p.Probes}
	if p.Spec.Capture.Logprobs == "all" || p.HasSite(hooks.Logits) || final.Outputs() || p.editsOutputs() || slices.ContainsFunc(p.Jobs, func(j Job) bool { return len(j.ResponseTokens) > 0 }) {
		opt.Outputs = opt.MicroBatch // of every token
	}
	return opt
}

func (p *Prepared) contextSize(threads int) models.ContextOptions {
	sampled, known, prompt, all := 0, 0, p.LongestPrompt(), 0
	for i := range p.Jobs {
		j := &p.Jobs[i]
		all += len(j.Tokens()) + len(j.ResponseTokens)
		switch {
		case j.Followup != nil:
		case j.TokensKnown():
			known++
		default:
			sampled++
		}
	}
	opt := models.ContextOptions{
		WholeWindow:  p.Facts.Window > 0 && p.sharesCells(),
		Threads:      threads,
		KVType:       p.Spec.Engine.CacheType(),
		NoFlash:      p.Spec.Engine.FlashAttn == "off" || p.HasPattern(),
		Flash:        p.Spec.Engine.FlashAttn == "on",
		Pattern:      p.HasPattern(),
		IgnoreMemory: !p.Spec.Engine.MemoryCheck,
	}
	whole := p.Context + p.tokensAfter
	if p.Solo {
		opt.MicroBatch = min(microBatch, roundUp(whole, 32))
		opt.Sequences, opt.Tokens = 1+min(1, p.FamilySize-1)+p.BranchSequences(), roundUp(whole, 256)
		return opt
	}
	batch := min(int(p.Spec.Engine.Batch), max(1, sampled))
	waiting, branches := p.WaitingParents()
	opt.Sequences = min(maxSequences, batch+2+waiting+branches)
	opt.MicroBatch = max(min(microBatch, roundUp(all, 32)), roundUp(opt.Sequences, 32)) // llama.cpp wants a token a sequence
	opt.Tokens = roundUp((batch+waiting)*whole+2*prompt, 256)
	if known > 0 {
		opt.Sequences = max(opt.Sequences, min(maxSequences, opt.MicroBatch))
		opt.Tokens = max(opt.Tokens, roundUp(opt.MicroBatch+(1+waiting)*whole+2*prompt, 256))
	}
	opt.MicroBatch = min(opt.MicroBatch, opt.Tokens) // llama.cpp takes no more at once than its cache holds
	return opt
}

// WaitingParents says how many samples wait at most for their follow-ups to fill a
// micro-batch, and how many sequences these and alternatives need.
func (p *Prepared) WaitingParents() (samples, branches int) {
	if p.FamilySize == 1 {
		return 0, p.BranchSequences()
	}
	samples = min(32, microBatch/max(1, p.tokensAfter)+1)
	return samples, samples*(p.FamilySize-1) + p.BranchSequences()
}

// mostBranches is how many alternatives are read at once: more tokens in a batch gain
// little.
const mostBranches = 16

// BranchSequences is how many sequences are kept for alternatives of several tokens.
func (p *Prepared) BranchSequences() int {
	if p.Facts.Recurrent { // whose graph wants sequences of one length, in another order
		return min(1, p.branches)
	}
	return min(mostBranches, p.branches*int(p.Spec.Engine.Batch))
}

// sharesCells says whether sequences share cells of the cache: a sample with its
// follow-ups or alternatives, or samples whose prompts begin alike. Where attention
// has a window, llama.cpp uses cells again that lie outside it, but not shared ones,
// and its small cache for these blocks can run full of them.
func (p *Prepared) sharesCells() bool {
	if p.FamilySize > 1 || p.branches > 0 {
		return true
	}
	for i := 1; i < len(p.Jobs) && !p.Solo; i++ {
		a, b := p.Jobs[i-1].Tokens(), p.Jobs[i].Tokens()
		if slices.Equal(a, b) || commonPrefix(a, b) >= leastShared {
			return true
		}
	}
	return false
}

// LongestPrompt counts the tokens of the longest prompt.
func (p *Prepared) LongestPrompt() int {
	longest := 0
	for i := range p.Jobs {
		longest = max(longest, len(p.Jobs[i].Tokens()))
	}
	return longest
}

// LaterLogits says whether some sample needs logits after the beginning of its prompt,
// to be scored or sampled.
func (p *Prepared) LaterLogits() bool {
	return p.Spec.Capture.Logprobs == "all" || p.HasSite(hooks.Logits) || p.tokensAfter > 0 || slices.ContainsFunc(p.Jobs, func(j Job) bool {
		return !j.TokensKnown() || len(j.Prompt.Alternatives) > 0 || len(j.ResponseTokens) > 0 && p.Spec.Capture.Logprobs == "response"
	})
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }
