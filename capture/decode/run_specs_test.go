package decode

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"intentprobe/capture/spec"
)

// anyTrial is a run of a kind that chance picks: of every setting one value, and
// prompts that share beginnings, repeat, are given responses or are long.
func anyTrial(seed uint64) *trial {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	tr := newTrial()
	tr.script = nil
	c, g, e := &tr.spec.Capture, &tr.spec.Generate, &tr.spec.Engine
	c.Hooks = []string{pick("resid_post:0", "embed", "q:1,z:0", "k,v:1", "resid_post", "attn_out:1", "ln_final", "logits", "resid_mid,mlp_out:0",
		"embed,resid_pre:1,resid_post,ln_final,logits", "resid_post:0,logits", "pattern:0,resid_post:0", "*")}
	c.Tokens, c.Logprobs, c.DType = pick("all", "prompt", "response", "last", "response[:-2]|user", "last_content,every:3", "all[-4:-1]", "reasoning|prompt[-1]", "answer | end_of_turn | system | user", "first_generated|last", "!template"), pick("none", "response", "all"), pick("float32", "float16")
	c.TopLogits = 1 + r.IntN(7)
	g.MaxTokens, g.Samples, g.Temperature = r.IntN(3)*r.IntN(5), 1+r.IntN(2)*r.IntN(4), float64(r.IntN(2))
	if r.IntN(3) == 0 {
		g.Stop = []string{"END", "STOP", "日"}
	}
	if g.MaxTokens == 0 {
		c.Tokens = pick("all", "prompt", "last", "user[-2:]")
	}
	if c.Tokens == "response[:-2]" || r.IntN(3) == 0 {
		c.Reduce, c.Rows = []string{pick("mean", "last"), "max"}, r.IntN(2) == 0
	}
	if r.IntN(2) == 0 {
		tr.spec.Chat.Reasoning = "<think> </think>"
	}
	alone := strings.Contains(c.Hooks[0], "pattern") || c.Hooks[0] == "*"
	e.BatchInvariant, e.Batch = r.IntN(6) == 0, spec.Auto(r.IntN(4))
	if alone || e.BatchInvariant {
		e.Batch = spec.Auto(r.IntN(2))
	}
	anyBranches(tr, r, strings.Contains(c.Hooks[0], "pattern") || c.Hooks[0] == "*")
	tr.micro = []int{1, 2, 3, 7, 24, 32, 64, 512}[r.IntN(8)]
	tr.prompts = nil
	systems := []string{"", "", "Lie.", "Lie. Is it so? Yes. No. maybe. STOP", "Lie. Is it so? Yes. No. maybe. END and so on, as long as it takes"}
	system, words := systems[r.IntN(len(systems))], []string{"Is it?", "Is it so?", "?", "Is it 日?", strings.Repeat("Is it so? ", 8)}
	for i := range 1 + r.IntN(6) {
		if r.IntN(4) == 0 {
			system = systems[r.IntN(len(systems))]
		}
		messages := []any{map[string]any{"role": "user", "content": words[r.IntN(len(words))]}}
		if i > 0 && r.IntN(4) == 0 { // the same prompt again
			messages = tr.prompts[i-1]["messages"].([]any)
		} else if system != "" {
			messages = append([]any{map[string]any{"role": "system", "content": system}}, messages...)
		}
		row := map[string]any{"id": fmt.Sprint("p", i), "messages": messages, "label": pick("lie", "truth"), "n": i}
		if r.IntN(3) == 0 {
			row["response"] = pick("", " Yes", " maybe.", " No 日.")
		}
		tr.prompts = append(tr.prompts, row)
	}
	anyStops(tr, rand.New(rand.NewPCG(seed, 2)))
	return tr
}

// anyStops varies what stop texts are, what is selected where there are some, and
// whether the model can go back before them.
func anyStops(tr *trial, r *rand.Rand) {
	tr.stateful = r.IntN(3) == 0
	g, c := &tr.spec.Generate, &tr.spec.Capture
	if len(g.Stop) == 0 || g.MaxTokens == 0 {
		return
	}
	texts := []string{"END", "STOP", "日", "STST", "STSTOP", "ND", "eE", ". ", "\uFFFD", "ink>", "aybe"}
	g.Stop = nil
	for range 1 + r.IntN(4) {
		g.Stop = append(g.Stop, texts[r.IntN(len(texts))])
	}
	g.MaxTokens += r.IntN(8)
	switch r.IntN(4) {
	case 0:
		c.Tokens = "response[:-1] | stop | prompt[0]"
	case 1:
		c.Tokens = "content"
	case 2:
		c.Tokens = "stop[0] | last_content | prompt[0]"
	}
}

// anyBranches adds follow-ups and alternatives.
func anyBranches(tr *trial, r *rand.Rand, pattern bool) {
	if r.IntN(2) == 0 {
		tr.spec.Alternatives = append(tr.spec.Alternatives, spec.Alternatives{Name: "a", Options: []string{"Lie", "END"}})
	}
	if r.IntN(3) == 0 && tr.spec.Generate.MaxTokens > 0 {
		tr.spec.Alternatives = append(tr.spec.Alternatives, spec.Alternatives{Name: "e", Options: []string{".", "Lie"}, At: "end"})
	}
	if pattern {
		return
	}
	if r.IntN(3) == 0 {
		tr.spec.Alternatives = append(tr.spec.Alternatives, spec.Alternatives{Options: []string{" Yes, it", " No", "be it so"}})
	}
	yes := " Yes"
	for _, f := range []spec.Followup{
		{Name: "true", Ask: "Is it?", Alternatives: []string{" Yes", " No"}},
		{Name: "long", Ask: "Is it so, or not?", Alternatives: []string{" Yes it", " No"}, Prefill: " may"},
		{Name: "why", Ask: "?", MaxTokens: 1 + r.IntN(6)},
		{Name: "given", Ask: "Lie.", Response: &yes},
	} {
		if r.IntN(4) == 0 {
			tr.spec.Followups = append(tr.spec.Followups, f)
		}
	}
}

func checkAny(t testing.TB, seed uint64) {
	tr := anyTrial(seed)
	defer func() {
		if t.Failed() {
			t.Logf("seed %d: %s", seed, tr)
		}
	}()
	samples, all := tr.run(t)
	tr.checkRows(t, samples, all)
}

func TestAnyRun(t *testing.T) {
	seeds := uint64(250)
	if testing.Short() {
		seeds = 60
	}
	for seed := range seeds {
		if checkAny(t, seed); t.Failed() {
			return
		}
	}
	checkAny(t, 560) // neighbours share a beginning that the limit cut, and differ right behind it
}

func FuzzRun(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { checkAny(t, seed) })
}

// The files of a run are the same for every number of sequences at once.
func TestAnyRunIsTheSameForEveryBatch(t *testing.T) {
	seeds := uint64(50)
	if testing.Short() {
		seeds = 12
	}
	for seed := range seeds {
		var want map[string]string
		for _, batch := range []spec.Auto{0, 1, 2, 3} {
			tr := anyTrial(seed)
			tr.spec.Engine.Batch, tr.spec.Engine.BatchInvariant, tr.micro = batch, batch == 0, 32
			if batch > 1 && (tr.spec.Capture.Hooks[0] == "*" || strings.Contains(tr.spec.Capture.Hooks[0], "pattern")) {
				continue
			}
			tr.run(t)
			if want == nil {
				want = tr.files(t)
			}
			require.Equal(t, want, tr.files(t), "seed %d: %s", seed, tr)
		}
	}
}
