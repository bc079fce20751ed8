package models

/*
#include "shim.h"
*/
import "C"

// SamplerOptions are llama.cpp's samplers, applied in llama.cpp's order: top-k,
// top-p, min-p, temperature, then a draw with the seed.
type SamplerOptions struct {
	Temperature float64 // 0 is greedy: the likeliest token, nothing else applies
	TopK        int     // 0 is off
	TopP        float64 // 1 is off
	MinP        float64 // 0 is off
	Seed        uint32
}

// Sampler draws tokens. It has a state (the random generator), so each sample
// of a run has its own. Not safe for concurrent use.
type Sampler struct{ c *C.struct_llama_sampler }

// NewSampler builds a chain of llama.cpp's own samplers. Close frees it. Where
// llama.cpp cannot be used there is no model whose tokens it could draw, and it is
// empty.
func NewSampler(o SamplerOptions) *Sampler {
	if start() != nil {
		return &Sampler{}
	}
	chain := C.llama_sampler_chain_init(C.struct_llama_sampler_chain_params{no_perf: true})
	add := func(s *C.struct_llama_sampler) { C.llama_sampler_chain_add(chain, s) }
	if o.Temperature <= 0 {
		add(C.llama_sampler_init_greedy())
		return &Sampler{chain}
	}
	if o.TopK > 0 {
		add(C.llama_sampler_init_top_k(C.int32_t(o.TopK)))
	}
	if o.TopP < 1 {
		add(C.llama_sampler_init_top_p(C.float(o.TopP), 1))
	}
	if o.MinP > 0 {
		add(C.llama_sampler_init_min_p(C.float(o.MinP), 1))
	}
	add(C.llama_sampler_init_temp(C.float(o.Temperature)))
	add(C.llama_sampler_init_dist(C.uint32_t(o.Seed)))
	return &Sampler{chain}
}

// Close frees the chain. It may be called twice.
func (s *Sampler) Close() {
	if s.c != nil {
		C.llama_sampler_free(s.c) // frees the samplers of the chain too
		s.c = nil
	}
}
