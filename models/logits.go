package models

/*
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Logits gives the logits of row i of the last batch, which must have had its
// Output flag: a view on C memory, valid until the next Decode.
func (c *Context) Logits(i int) ([]float32, error) {
	if c.c == nil {
		return nil, ErrClosed
	}
	logits := C.llama_get_logits_ith(C.cap_context_llama(c.c), C.int32_t(i))
	if logits == nil {
		return nil, fmt.Errorf("models: row %d has no logits", i)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(logits)), c.model.facts.Vocabulary), nil
}

// Score reads the logits of row i of the last batch, which must have had its
// Output flag: the log-probability that the model gives next as the following
// token, and the entropy of that distribution, both in nats, at temperature 1.
func (c *Context) Score(i int, next Token) (logprob, entropy float32, err error) {
	logits, err := c.Logits(i)
	if err != nil {
		return 0, 0, err
	}
	var lp, h C.float
	C.cap_score((*C.float)(&logits[0]), C.int(len(logits)), C.int(next), &lp, &h)
	return float32(lp), float32(h), nil
}

// Divergence gives the Kullback-Leibler divergence KL(base || row), in nats, at temperature
// 1: of the distribution of the next token after row i of the last batch, which must have
// had its Output flag, from the one with the logits base. It is the expected difference of
// log-probabilities under base (Kullback and Leibler 1951).
func (c *Context) Divergence(i int, base []float32) (float64, error) {
	logits, err := c.Logits(i)
	if err == nil && len(base) != len(logits) {
		err = fmt.Errorf("models: %d logits are compared with %d", len(logits), len(base))
	}
	if err != nil {
		return 0, err
	}
	return float64(C.cap_divergence((*C.float)(&base[0]), (*C.float)(&logits[0]), C.int(len(logits)))), nil
}

// Sample draws the next token from the logits of row i of the last batch.
func (c *Context) Sample(s *Sampler, i int) Token {
	return Token(C.llama_sampler_sample(s.c, C.cap_context_llama(c.c), C.int32_t(i)))
}
